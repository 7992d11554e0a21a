-- To the version that is named, by its name or id; it stays there until somebody says otherwise.
local wanted = actionParams["version"]
if wanted == nil or wanted == "" then
  error("which version? Give its name or id as the parameter `version`", 0)
end
local known = ""
for _, version in ipairs((obj.status or {}).versions or {}) do
  known = known .. (known == "" and "" or ", ") .. (version.called or version.id)
  local found = version.id == wanted
  for _, name in ipairs(version.names or {}) do
    found = found or name == wanted
  end
  if found then
    obj.spec.activeVersion = wanted
    return obj
  end
end
error("there is no version " .. wanted .. "; there are: " .. known, 0)
