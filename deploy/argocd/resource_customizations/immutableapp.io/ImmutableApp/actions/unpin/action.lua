-- The pin goes, and spec decides again.
if obj.metadata.annotations ~= nil then
  obj.metadata.annotations["immutableapp.io/pin"] = nil
end
return obj
