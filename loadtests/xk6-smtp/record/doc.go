// Package record writes what a load test did, while it does it, for programs to read: the k6 output
//
//	k6 run --out smtp-record=FILE script.ts
//
// FILE holds one JSON object a line: counts and quantiles of each second, and now and then the histograms of all
// phases. Unlike k6's Trends, which keep each value, its memory does not grow with the length of the run; and since
// histograms can be added up, the records of several runners give the quantiles of all of them together.
//
// SMTP data comes straight from the module (ForVU), iterations and VUs from k6's samples.
package record
