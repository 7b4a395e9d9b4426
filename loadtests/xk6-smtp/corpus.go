package xk6smtp

import (
	"errors"
	"fmt"
	"math"

	"github.com/grafana/sobek"

	"github.com/mailgauge/xk6-smtp/smtp"
)

// corpusObject is Corpus of index.d.ts.
type corpusObject struct {
	readOnly
	rt     *sobek.Runtime
	corpus *smtp.Corpus
}

var corpusKeys = []string{"length", "size"}

func (c *corpusObject) Keys() []string { return corpusKeys }

func (c *corpusObject) Has(key string) bool { return c.Get(key) != nil }

func (c *corpusObject) Get(key string) sobek.Value {
	switch key {
	case "length":
		return c.rt.ToValue(c.corpus.Len())
	case "size":
		return c.rt.ToValue(c.corpus.Size())
	}
	return nil
}

// newCorpus is corpus(): messages of which each send takes one.
func (m *module) newCorpus(call sobek.FunctionCall) sobek.Value {
	env := m.vu.InitEnv()
	if env == nil {
		m.throw(errors.New("corpus: works in the init context only"))
	}
	o := newOptions(m.rt, "corpus", call.Argument(0))
	directory := o.text("directory", "")
	messages := readWeighted(o)
	seed := uint64(o.integer("seed", 1, 0, 1<<53))
	largest := o.size("maxSize", 50_000_000)
	switch given := o.get("messages") != nil; {
	case directory == "" && !given:
		o.fail("directory", "is missing, and so is messages")
	case directory != "" && given:
		o.fail("messages", "excludes directory")
	}
	if err := o.done(); err != nil {
		m.throw(err)
	}
	var (
		corpus *smtp.Corpus
		err    error
	)
	if directory != "" {
		corpus, err = openFolder(m, folderKey{env.GetAbsFilePath(directory), largest, seed})
	} else {
		corpus, err = smtp.NewCorpus(messages, seed)
	}
	if err != nil {
		m.throw(fmt.Errorf("corpus: %w", err))
	}
	return m.rt.NewDynamicObject(&corpusObject{rt: m.rt, corpus: corpus})
}

func readWeighted(o *options) []smtp.Weighted {
	value := o.get("messages")
	if value == nil {
		return nil
	}
	list, ok := value.(*sobek.Object)
	if !ok || list.ClassName() != "Array" {
		o.fail("messages", "wants an array, got %s", kind(value))
		return nil
	}
	var weighted []smtp.Weighted
	for i, key := range list.Keys() {
		path := fmt.Sprintf("messages[%d]", i)
		obj, ok := list.Get(key).(*sobek.Object)
		if !ok {
			o.fail(path, "wants { message, weight }, got %s", kind(list.Get(key)))
			return nil
		}
		w := &options{rt: o.rt, where: o.where, path: path + ".", obj: obj, first: o.first}
		one := smtp.Weighted{Weight: w.number("weight", 1)}
		if given, ok := w.get("message").(*sobek.Object); ok {
			if message, ok := given.Export().(*messageObject); ok {
				one.Message = message.message
			}
		}
		if one.Message == nil {
			w.fail("message", "wants what message() gave")
		}
		if one.Weight > math.MaxInt32 {
			w.fail("weight", "is above %d", math.MaxInt32)
		}
		w.finish()
		weighted = append(weighted, one)
	}
	return weighted
}

type folderKey struct {
	folder  string
	largest int64
	seed    uint64
}

// folders are indexed once for all VUs: a corpus may have a million files.
var folders shared[folderKey, *smtp.Corpus]

func openFolder(m *module, key folderKey) (*smtp.Corpus, error) {
	logger := m.vu.InitEnv().Logger
	return folders.get(key, func() (*smtp.Corpus, error) {
		corpus, err := smtp.OpenCorpus(key.folder, key.largest, key.seed)
		if err == nil {
			const most = 10
			for _, skipped := range corpus.Skipped[:min(most, len(corpus.Skipped))] {
				logger.Warn("corpus: left out " + skipped)
			}
			if more := len(corpus.Skipped) - most; more > 0 {
				logger.Warnf("corpus: left out %d more files", more)
			}
		}
		return corpus, err
	})
}
