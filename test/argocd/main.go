// Argo CD as tests ask it. By the name of one of its servers it is that server. By any other it runs health checks and actions by Argo CD's own Lua: each
// line of standard input is one call, each line of standard output its answer.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"

	applicationpkg "github.com/argoproj/argo-cd/v3/pkg/apiclient/application"
	appv1 "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/gitops-engine/pkg/health"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type call struct {
	Object json.RawMessage `json:"object"`
	// What argocd-cm says of the kind.
	HealthLua string `json:"healthLua"`
	Actions   string `json:"actions"`
	// Name of an action to run.
	Run        string            `json:"run"`
	Parameters map[string]string `json:"parameters"`
}

type answer struct {
	Health  *health.HealthStatus   `json:"health,omitempty"`
	Actions []appv1.ResourceAction `json:"actions,omitempty"`
	Object  map[string]any         `json:"object,omitempty"`
	Error   string                 `json:"error,omitempty"`
}

func main() {
	if server, is := servers[filepath.Base(os.Args[0])]; is {
		serve(server)
		return
	}
	calls := bufio.NewScanner(os.Stdin)
	calls.Buffer(nil, 16<<20)
	answers := json.NewEncoder(os.Stdout)
	for calls.Scan() {
		var asked call
		said, err := answer{}, json.Unmarshal(calls.Bytes(), &asked)
		if err == nil {
			said, err = asked.answer()
		}
		if err != nil {
			said.Error = err.Error()
		}
		if err := answers.Encode(said); err != nil {
			panic(err)
		}
	}
}

func (asked call) answer() (answer, error) {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(asked.Object); err != nil {
		return answer{}, err
	}
	kind := object.GroupVersionKind()
	// As Argo CD's own servers have it: without Lua's open libraries.
	vm := lua.VM{ResourceOverrides: map[string]appv1.ResourceOverride{
		kind.Group + "/" + kind.Kind: {HealthLua: asked.HealthLua, Actions: asked.Actions},
	}}
	if asked.Run != "" {
		return asked.act(vm, object)
	}
	script, _, err := vm.GetHealthScript(object)
	if err != nil {
		return answer{}, err
	}
	judged, err := vm.ExecuteHealthLua(object, script)
	if err != nil {
		return answer{}, err
	}
	discovery, err := vm.GetResourceActionDiscovery(object)
	if err != nil {
		return answer{}, err
	}
	actions, err := vm.ExecuteResourceActionDiscovery(object, discovery)
	return answer{Health: judged, Actions: actions}, err
}

func (asked call) act(vm lua.VM, object *unstructured.Unstructured) (answer, error) {
	action, err := vm.GetResourceAction(object, asked.Run)
	if err != nil {
		return answer{}, err
	}
	var parameters []*applicationpkg.ResourceActionParameters
	for name, value := range asked.Parameters {
		parameters = append(parameters, &applicationpkg.ResourceActionParameters{Name: &name, Value: &value})
	}
	impacted, err := vm.ExecuteResourceAction(object, action.ActionLua, parameters)
	if err != nil || len(impacted) == 0 {
		return answer{}, err
	}
	return answer{Object: impacted[0].UnstructuredObj.Object}, nil
}
