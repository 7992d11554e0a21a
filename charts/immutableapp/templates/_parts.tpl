{{- /* What is generated from deploy/, in the namespace of the release: include "immutableapp.part" (list . "rights") */ -}}
{{- define "immutableapp.part" -}}
{{- $top := index . 0 -}}
{{- $top.Files.Get (printf "generated/%s.yaml" (index . 1)) | replace "immutableapp-system" $top.Release.Namespace -}}
{{- end -}}

{{- define "immutableapp.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end -}}
{{- end -}}
