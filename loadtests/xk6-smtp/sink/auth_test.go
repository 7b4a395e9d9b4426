package sink

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xdg-go/scram"
)

var user = Authentication{User: "tester", Password: "right", Required: true}

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func TestAuthInOneAnswer(t *testing.T) {
	for _, c := range []struct{ name, mechanism, right, wrong string }{
		{"PLAIN", "PLAIN", "\x00tester\x00right", "\x00tester\x00wrong"},
		{"PLAIN without user", "PLAIN", "\x00tester\x00right", "right"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := start(t, Config{Auth: user})
			client := greet(t, server)
			client.say("MAIL FROM:<a@b.example>", "530 5.7.0")
			client.say("AUTH "+c.mechanism+" "+encode(c.wrong), "535 5.7.8")
			client.say("auth plain !", "501")
			client.say("AUTH "+c.mechanism, "334")
			client.say("*", "501 5.7.0")
			client.say("AUTH "+c.mechanism, "334")
			client.say(encode(c.right), "235 2.7.0")
			client.say("AUTH "+c.mechanism, "503")
			client.say("MAIL FROM:<a@b.example>", "250")
		})
	}
}

func TestAuthLogin(t *testing.T) {
	client := greet(t, start(t, Config{Auth: user}))
	require.Equal(t, "334 "+encode("Username:"), client.say("AUTH LOGIN", "334"))
	client.say(encode("tester"), "334 "+encode("Password:"))
	client.say(encode("wrong"), "535")
	client.say("AUTH LOGIN "+encode("tester"), "334 "+encode("Password:"))
	client.say(encode("right"), "235")
}

func TestAuthCRAM(t *testing.T) {
	client := greet(t, start(t, Config{Auth: user}))
	for _, c := range []struct{ password, reply string }{{"wrong", "535"}, {"right", "235"}} {
		challenge, err := base64.StdEncoding.DecodeString(client.say("AUTH CRAM-MD5", "334")[4:])
		require.NoError(t, err)
		mac := hmac.New(md5.New, []byte(c.password))
		mac.Write(challenge)
		client.say(encode("tester "+hex.EncodeToString(mac.Sum(nil))), c.reply)
	}
}

func TestAuthSCRAM(t *testing.T) {
	for name, hash := range map[string]scram.HashGeneratorFcn{"SCRAM-SHA-1": scram.SHA1, "SCRAM-SHA-256": scram.SHA256} {
		t.Run(name, func(t *testing.T) {
			client := greet(t, start(t, Config{Auth: user}))
			wrong, err := hash.NewClient("tester", "wrong", "")
			require.NoError(t, err)
			converse(t, client, name, wrong.NewConversation(), "535")
			right, err := hash.NewClient("tester", "right", "")
			require.NoError(t, err)
			converse(t, client, name, right.NewConversation(), "235")
		})
	}
}

func converse(t *testing.T, client *client, mechanism string, conversation *scram.ClientConversation, outcome string) {
	t.Helper()
	message, err := conversation.Step("")
	require.NoError(t, err)
	reply := client.say("AUTH "+mechanism+" "+encode(message), "334")
	for reply[:3] == "334" {
		challenge, err := base64.StdEncoding.DecodeString(reply[4:])
		require.NoError(t, err)
		message := ""
		if !conversation.Done() {
			message, err = conversation.Step(string(challenge))
			require.NoError(t, err)
		}
		reply = client.say(encode(message), "")
	}
	require.Equal(t, outcome, reply[:3])
	require.Equal(t, outcome == "235", conversation.Valid())
}

func TestAuthBearer(t *testing.T) {
	for mechanism, first := range map[string]string{
		"XOAUTH2": "user=tester\x01auth=Bearer ", "OAUTHBEARER": "n,a=tester,\x01host=localhost\x01auth=Bearer ",
	} {
		t.Run(mechanism, func(t *testing.T) {
			client := greet(t, start(t, Config{Auth: user}))
			client.say("AUTH "+mechanism+" "+encode(first+"wrong\x01\x01"), "334 "+encode(`{"status":"401","schemes":"bearer"}`))
			client.say("AQ==", "535")
			client.say("AUTH "+mechanism+" "+encode("user=other\x01auth=Bearer right\x01\x01"), "334")
			client.say("", "535")
			client.say("AUTH "+mechanism+" "+encode(first+"right\x01\x01"), "235")
		})
	}
}

func TestAuthAcceptsAny(t *testing.T) {
	server := start(t, Config{Auth: Authentication{AcceptAny: true}})
	c := dial(t, server.Address())
	c.want("220")
	extensions := c.say("EHLO test.example", "250")
	require.Contains(t, extensions, "AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER")
	require.NotContains(t, extensions, "SCRAM")
	c.say("AUTH SCRAM-SHA-256 biws", "504")
	c.say("AUTH PLAIN "+encode("\x00any\x00thing"), "235")
	for mechanism, answer := range map[string]string{
		"XOAUTH2": "user=any\x01auth=Bearer thing\x01\x01", "OAUTHBEARER": "n,,\x01auth=Bearer thing\x01\x01",
	} {
		greet(t, server).say("AUTH "+mechanism+" "+encode(answer), "235")
	}
	c = greet(t, server)
	c.say("AUTH CRAM-MD5", "334")
	c.say(encode("any digest"), "235")
}
