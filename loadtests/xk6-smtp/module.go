package xk6smtp

import (
	"fmt"
	"sync/atomic"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/lib"

	"github.com/mailgauge/xk6-smtp/record"
	"github.com/mailgauge/xk6-smtp/smtp"
)

// RootModule makes an instance of the module for each VU.
type RootModule struct{}

var _ modules.Module = (*RootModule)(nil)

// New is the module as k6 registers it: a pointer, of which k6 can tell the package.
func New() *RootModule { return &RootModule{} }

// NewModuleInstance is called by k6 once for each VU, in its init context.
func (*RootModule) NewModuleInstance(vu modules.VU) modules.Instance {
	env := vu.InitEnv()
	instruments, err := registerMetrics(env.Registry)
	if err != nil {
		common.Throw(vu.Runtime(), err)
	}
	run, err := runID(env)
	if err != nil {
		common.Throw(vu.Runtime(), err)
	}
	quitAtEnd(vu.Events())
	return &module{vu: vu, rt: vu.Runtime(), metrics: instruments, run: run}
}

// module is the instance of one VU: what its clients share.
type module struct {
	vu      modules.VU
	rt      *sobek.Runtime
	metrics *instruments
	run     string

	counter  *atomic.Uint64 // of this VU's messages; nil before the first
	recorder *record.VU     // nil while nobody wants the record
}

// Exports are the names that a script imports; each of them also belongs to the default export.
func (m *module) Exports() modules.Exports {
	named := map[string]any{
		"version": Version,
		"runId":   m.run,
		"totals":  m.totals,
		"Client":  m.newClient,
		"message": m.newMessage,
		"corpus":  m.newCorpus,
		"send":    m.sendOnce,
	}
	return modules.Exports{Default: named, Named: named}
}

// state is that of the VU. In the init context there is none, and nothing may be sent.
func (m *module) state(call string) *lib.State {
	state := m.vu.State()
	if state == nil {
		m.throw(fmt.Errorf("%s: does not work in the init context; call it from the default function, "+
			"another scenario function, setup() or teardown()", call))
	}
	if m.counter == nil {
		m.counter = messageCounter(state.VUIDGlobal)
	}
	if m.recorder == nil {
		m.recorder = record.ForVU(state.VUIDGlobal)
	}
	return state
}

// reserve takes the numbers of the next n messages of this VU and gives the first. They count from 1.
func (m *module) reserve(n int) uint64 {
	return m.counter.Add(uint64(n)) - uint64(n) + 1
}

func (m *module) throw(err error) { common.Throw(m.rt, err) }

// scenario is the one whose iteration runs; "" in setup and teardown.
func (m *module) scenario() string {
	if state := lib.GetScenarioState(m.vu.Context()); state != nil {
		return state.Name
	}
	return ""
}

// sent counts the messages of the process by outcome.
var sent [smtp.NumOutcomes]atomic.Uint64

// totals is what became of all messages of this process so far.
func (m *module) totals(sobek.FunctionCall) sobek.Value {
	object := m.rt.NewObject()
	for outcome := smtp.Accepted; outcome < smtp.NumOutcomes; outcome++ {
		if err := object.Set(outcome.String(), sent[outcome].Load()); err != nil {
			m.throw(err)
		}
	}
	return object
}
