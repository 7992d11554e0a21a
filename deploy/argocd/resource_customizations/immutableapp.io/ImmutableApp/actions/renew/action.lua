-- The newest version, where it failed, was rejected or is held, is tried again; otherwise a fresh instance of what serves takes over.
local os = require("os")
local function decidedAgainst(version)
  local against = { Held = true, HeldAlong = true }
  return version.state == "Rejected" or version.state == "Failed" or against[version.reason or ""] == true
end
local status = obj.status or {}
obj.metadata.annotations = obj.metadata.annotations or {}
local annotations = obj.metadata.annotations

local again = status.activeVersion
for _, version in ipairs(status.versions or {}) do
  if version.id == status.latestVersion and version.id ~= status.activeVersion and decidedAgainst(version) then
    again = version.id
  end
end
if again == nil then
  error("nothing serves that could be renewed", 0)
end
annotations["immutableapp.io/renew"] = again .. "@" .. tostring(os.time())
return obj
