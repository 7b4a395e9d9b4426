package sink

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

var (
	profileType     = reflect.TypeFor[Profile]()
	unmarshalerType = reflect.TypeFor[yaml.Unmarshaler]()
)

// checkKeys compares a document with the type that is to hold it, before it is decoded: the decoder's own errors
// about unknown keys speak of Go types and know no nearest key.
func checkKeys(node *yaml.Node, t reflect.Type, place string) error {
	if node.Kind == yaml.AliasNode || node.Anchor != "" {
		return fmt.Errorf("line %d: anchors and aliases have no place in a profile", node.Line)
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case reflect.PointerTo(t).Implements(unmarshalerType) || isScalar(t):
		return want(node, yaml.ScalarNode, place, "one value")
	case t.Kind() == reflect.Slice:
		if err := want(node, yaml.SequenceNode, place, "a list"); err != nil {
			return err
		}
		for _, item := range node.Content {
			if err := checkKeys(item, t.Elem(), place); err != nil {
				return err
			}
		}
		return nil
	default:
		return checkMapping(node, t, place)
	}
}

func checkMapping(node *yaml.Node, t reflect.Type, place string) error {
	if err := want(node, yaml.MappingNode, place, "keys and values"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		inner, names := memberOf(t, key.Value)
		within := ""
		if place != "" {
			within = " in " + place
		}
		if inner == nil {
			return bad(key, "unknown key %q%s; %s", key.Value, within, hint(key.Value, names))
		}
		if seen[key.Value] {
			return bad(key, "key %q%s comes twice", key.Value, within)
		}
		seen[key.Value] = true
		if err := checkKeys(value, inner, strings.TrimPrefix(place+"."+key.Value, ".")); err != nil {
			return err
		}
	}
	return nil
}

// memberOf gives the type of a key's value, nil when there is no such key, and all keys that there are.
func memberOf(t reflect.Type, key string) (inner reflect.Type, names []string) {
	if t.Kind() == reflect.Map { // Latency is the only one: by phase
		names = append([]string{allPhases}, phaseNames[:]...)
		for _, name := range names {
			if name == key {
				inner = t.Elem()
			}
		}
		return inner, names
	}
	for i := range t.NumField() {
		name := t.Field(i).Tag.Get("yaml")
		if name == "" {
			continue
		}
		names = append(names, name)
		if name == key {
			inner = t.Field(i).Type
		}
	}
	return inner, names
}

func isScalar(t reflect.Type) bool {
	return t.Kind() == reflect.String || t.Kind() == reflect.Float64
}

func want(node *yaml.Node, kind yaml.Kind, place, what string) error {
	if node.Kind == kind {
		return nil
	}
	if place == "" {
		place = "a profile"
	}
	return bad(node, "%s takes %s", place, what)
}

// hint names the nearest of the names if one is near, else all of them.
func hint(given string, names []string) string {
	best, distance := "", 3
	for _, name := range names {
		if d := editDistance(strings.ToLower(given), strings.ToLower(name)); d < distance {
			best, distance = name, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "known are " + strings.Join(names, ", ")
}

// editDistance is Levenshtein's; of long words it only says that they are far apart.
func editDistance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

var notInto = regexp.MustCompile("^line (\\d+): cannot unmarshal !!\\w+ `(.*)` into float64$")

// plainYAMLError gives the first error of a decoder without its Go types.
func plainYAMLError(err error) string {
	text := err.Error()
	var typed *yaml.TypeError
	if errors.As(err, &typed) && len(typed.Errors) > 0 {
		text = typed.Errors[0]
	}
	if parts := notInto.FindStringSubmatch(text); parts != nil {
		return fmt.Sprintf("line %s: %q is no number", parts[1], parts[2])
	}
	return strings.TrimPrefix(text, "yaml: ")
}
