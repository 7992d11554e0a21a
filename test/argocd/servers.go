package main

import (
	"os"

	"github.com/spf13/cobra"
	"k8s.io/klog/v2"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	apiserver "github.com/argoproj/argo-cd/v3/cmd/argocd-server/commands"
	"github.com/argoproj/argo-cd/v3/util/log"
)

// Argo CD's own servers, by the names under which its own program is them.
var servers = map[string]func() *cobra.Command{
	"argocd-application-controller": controller.NewCommand,
	"argocd-repo-server":            reposerver.NewCommand,
	"argocd-server":                 apiserver.NewCommand,
}

// Becomes one of them, as the main of Argo CD does.
func serve(newCommand func() *cobra.Command) {
	klog.SetLogger(log.NewLogrusLogger(log.NewWithCurrentConfig()))
	if newCommand().Execute() != nil {
		os.Exit(1)
	}
}
