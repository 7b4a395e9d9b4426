package xk6smtp

// Held until the code that imports them is here.
import (
	_ "github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/xdg-go/scram"
	_ "go.k6.io/k6/v2/js/modules"
	_ "go.k6.io/k6/v2/js/modulestest"
	_ "go.k6.io/k6/v2/output"
	_ "gopkg.in/yaml.v3"
)
