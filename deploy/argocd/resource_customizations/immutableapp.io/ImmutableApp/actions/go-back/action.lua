-- To the last version that served, is not what serves, and that nobody decided against. It stays there until somebody says otherwise.
local function decidedAgainst(version)
  local against = { Held = true, HeldAlong = true }
  return version.state == "Rejected" or version.state == "Failed" or against[version.reason or ""] == true
end
local status = obj.status or {}

local back
for _, version in ipairs(status.versions or {}) do
  local served = (version.servedFrom or version.servedUntil) ~= nil
  if version.id ~= status.activeVersion and served and not decidedAgainst(version) then
    if back == nil or (version.servedUntil or "") > (back.servedUntil or "") then
      back = version
    end
  end
end
if back == nil then
  error("there is no way back: nothing else served that nobody decided against", 0)
end
obj.spec.activeVersion = back.id
return obj
