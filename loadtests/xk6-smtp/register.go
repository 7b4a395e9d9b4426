// Package xk6smtp is the k6 module k6/x/smtp.
package xk6smtp
