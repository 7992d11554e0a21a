-- What serves never serves again, its predecessor does, and a fix that is pushed goes forward by itself.
obj.metadata.annotations = obj.metadata.annotations or {}
local annotations = obj.metadata.annotations

local serves = (obj.status or {}).activeVersion
if serves == nil then
  error("nothing serves that could be rejected", 0)
end
local before = annotations["immutableapp.io/reject"]
annotations["immutableapp.io/reject"] = (before == nil or before == "") and serves or before .. "," .. serves
return obj
