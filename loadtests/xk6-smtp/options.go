package xk6smtp

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
)

// options reads one object of a script's options strictly. Every key is asked for by name; done reports the keys that
// nobody asked for. The first problem wins and is kept, so that a parser reads straight down without looking at errors.
type options struct {
	rt    *sobek.Runtime
	obj   *sobek.Object // nil: not given, so that every default holds
	where string        // the call whose options these are, such as "Client"
	path  string        // "" or the outer option and a dot, such as "tlsOptions."
	known []string
	first *error // shared by the objects within
}

// newOptions reads value, the options of the call where.
func newOptions(rt *sobek.Runtime, where string, value sobek.Value) *options {
	o := &options{rt: rt, where: where, first: new(error)}
	if common.IsNullish(value) {
		return o
	}
	if obj, ok := value.(*sobek.Object); ok && obj.ClassName() != "Array" && !isCallable(value) {
		o.obj = obj
	} else {
		*o.first = fmt.Errorf("%s: wants an object with options, got %s", where, kind(value))
	}
	return o
}

func isCallable(value sobek.Value) bool {
	_, ok := sobek.AssertFunction(value)
	return ok
}

// fail keeps the first problem.
func (o *options) fail(name, format string, args ...any) {
	if *o.first == nil {
		*o.first = fmt.Errorf("%s: %s%s: %s", o.where, o.path, name, fmt.Sprintf(format, args...))
	}
}

// get is the value of an option, nil where it is not given.
func (o *options) get(name string) sobek.Value {
	o.known = append(o.known, name)
	if o.obj == nil {
		return nil
	}
	if value := o.obj.Get(name); !common.IsNullish(value) {
		return value
	}
	return nil
}

// done is the first problem, of an option or of a key that is no option.
func (o *options) done() error {
	o.finish()
	return *o.first
}

func (o *options) finish() {
	if o.obj == nil {
		return
	}
	for _, key := range o.obj.Keys() {
		if !slices.Contains(o.known, key) {
			names := slices.Clone(o.known)
			sort.Strings(names)
			o.fail(key, "is not an option; there are %s", strings.Join(slices.Compact(names), ", "))
			return
		}
	}
}

// object is an option that is an object itself; read calls its own readers, then the unknown keys are looked for.
func (o *options) object(name string, read func(*options)) {
	inner := &options{rt: o.rt, where: o.where, path: o.path + name + ".", first: o.first}
	if value := o.get(name); value != nil {
		obj, ok := value.(*sobek.Object)
		if !ok || obj.ClassName() == "Array" {
			o.fail(name, "wants an object, got %s", kind(value))
			return
		}
		inner.obj = obj
	}
	read(inner)
	inner.finish()
}

func (o *options) text(name, otherwise string) string {
	value := o.get(name)
	if value == nil {
		return otherwise
	}
	text, ok := value.Export().(string)
	if !ok {
		o.fail(name, "wants a string, got %s", kind(value))
	}
	return text
}

// choice is one of the names; the first is the default.
func (o *options) choice(name string, names ...string) string {
	text := o.text(name, names[0])
	if !slices.Contains(names, text) {
		shown := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" })
		o.fail(name, "%q is not one of %s", text, strings.Join(shown, ", "))
	}
	return text
}

func (o *options) boolean(name string, otherwise bool) bool {
	value := o.get(name)
	if value == nil {
		return otherwise
	}
	yes, ok := value.Export().(bool)
	if !ok {
		o.fail(name, "wants true or false, got %s", kind(value))
	}
	return yes
}

func (o *options) integer(name string, otherwise, least, most int) int {
	value := o.get(name)
	if value == nil {
		return otherwise
	}
	number, ok := toNumber(value)
	if !ok || number != math.Trunc(number) {
		o.fail(name, "wants a whole number, got %s", show(value))
	} else if number < float64(least) || number > float64(most) {
		o.fail(name, "%s is not between %d and %d", show(value), least, most)
	}
	return int(number)
}

// number is a positive number.
func (o *options) number(name string, otherwise float64) float64 {
	value := o.get(name)
	if value == nil {
		return otherwise
	}
	number, ok := toNumber(value)
	if !ok || number <= 0 || math.IsInf(number, 0) {
		o.fail(name, "wants a number above 0, got %s", show(value))
	}
	return number
}

// texts is a string or an array of strings.
func (o *options) texts(name string) []string {
	value := o.get(name)
	if value == nil {
		return nil
	}
	switch exported := value.Export().(type) {
	case string:
		return []string{exported}
	case []any:
		list := make([]string, len(exported))
		for i, item := range exported {
			text, ok := item.(string)
			if !ok {
				o.fail(name+"["+strconv.Itoa(i)+"]", "wants a string, got %s", kind(o.rt.ToValue(item)))
				return nil
			}
			list[i] = text
		}
		return list
	}
	o.fail(name, "wants a string or an array of strings, got %s", kind(value))
	return nil
}

// field is a name and its text, in the order in which the script gave them.
type field struct{ name, value string }

// fields is an object of strings; numbers and booleans are taken by their text.
func (o *options) fields(name string) []field {
	value := o.get(name)
	if value == nil {
		return nil
	}
	list, problem := toFields(value)
	if problem != "" {
		o.fail(name, "%s", problem)
	}
	return list
}

func toFields(value sobek.Value) ([]field, string) {
	obj, ok := value.(*sobek.Object)
	if !ok || obj.ClassName() == "Array" {
		return nil, "wants an object of strings, got " + kind(value)
	}
	keys := obj.Keys()
	list := make([]field, 0, len(keys))
	for _, key := range keys {
		item := obj.Get(key)
		switch exported := item.Export().(type) {
		case string:
			list = append(list, field{key, exported})
		case int64, float64, bool:
			list = append(list, field{key, item.String()})
		default:
			return nil, fmt.Sprintf("%q wants a string, got %s", key, kind(item))
		}
	}
	return list, ""
}

// bytes is a string or an ArrayBuffer.
func (o *options) bytes(name string) []byte {
	value := o.get(name)
	if value == nil {
		return nil
	}
	data, err := common.ToBytes(value.Export())
	if err != nil {
		o.fail(name, "wants a string or an ArrayBuffer, got %s", kind(value))
	}
	return data
}

func toNumber(value sobek.Value) (float64, bool) {
	switch number := value.Export().(type) {
	case int64:
		return float64(number), true
	case float64:
		return number, !math.IsNaN(number)
	}
	return 0, false
}

// kind names the type of a value. Where the type is wrong the value is not shown: it may be a secret in a wrong place.
func kind(value sobek.Value) string {
	if common.IsNullish(value) {
		return "nothing"
	}
	switch value.Export().(type) {
	case string:
		return "a string"
	case int64, float64:
		return "a number"
	case bool:
		return "a boolean"
	case []any:
		return "an array"
	}
	if isCallable(value) {
		return "a function"
	}
	return "an object"
}

// show prints a value of the right type that is out of bounds.
func show(value sobek.Value) string {
	switch exported := value.Export().(type) {
	case string:
		const most = 60
		if len(exported) > most {
			exported = exported[:most] + "…"
		}
		return strconv.Quote(exported)
	case int64, float64:
		return value.String()
	}
	return kind(value)
}
