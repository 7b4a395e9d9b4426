package smtp

import "math/rand/v2"

const (
	lineWidth = 76
	// distinctText is how much text is made before it repeats: making 25 MB anew would take a VU a quarter of a second.
	distinctText = 256 << 10
)

var words = []string{
	"amber", "bridge", "candle", "delta", "ember", "forest", "garden", "harbour", "island", "jasmine", "kettle", "ladder",
	"meadow", "north", "orchard", "pebble", "quarry", "river", "silver", "timber", "umbrella", "valley", "window",
	"yellow", "zephyr", "the", "of", "and", "in", "with", "under", "over", "between", "a", "so", "as", "by", "to",
}

// generate makes text of size octets, in lines ended by CRLF: the same seed, the same text.
func generate(size int, seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 0x6d61696c67617567))
	out := make([]byte, 0, size+lineWidth)
	column := 0
	for len(out) < min(size, distinctText) {
		word := words[random.IntN(len(words))]
		switch {
		case column == 0:
		case column+1+len(word) > lineWidth:
			out = append(out, '\r', '\n')
			column = 0
		default:
			out = append(out, ' ')
			column++
		}
		out = append(out, word...)
		column += len(word)
	}
	if len(out) < size {
		block := append(out, '\r', '\n')
		out = block
		for len(out) < size {
			out = append(out, block...)
		}
	}
	if size < 2 {
		return []byte("\r\n")
	}
	out = out[:size-2]
	// A line end that was cut in two, and a space at the end of a line, would be changed on the way.
	for i := len(out) - 1; i >= 0 && (out[i] == '\r' || out[i] == '\n' || out[i] == ' '); i-- {
		out[i] = 'x'
	}
	return append(out, '\r', '\n')
}
