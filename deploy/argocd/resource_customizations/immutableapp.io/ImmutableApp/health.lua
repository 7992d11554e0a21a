-- Health of an ImmutableApp. A version that waits for a person while another serves is Healthy: Suspended would hold back what comes
-- after it in a sync for as long as the person takes.
local status = obj.status or {}
local function is(kind)
  for _, condition in ipairs(status.conditions or {}) do
    if condition.type == kind then
      return condition.status == "True", condition
    end
  end
  return false, nil
end
local function says(condition, otherwise)
  if condition == nil then
    return otherwise
  end
  return (condition.reason or "") .. ": " .. (condition.message or "")
end

if status.observedGeneration == nil or status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "the operator has not looked at this spec yet" }
end
local stalled, why = is("Stalled")
if stalled then
  return { status = "Degraded", message = says(why) }
end
local ready, readiness = is("Ready")
if obj.spec.paused == true then
  return { status = "Suspended", message = says(readiness, "spec.paused is set") }
end
local reconciling, work = is("Reconciling")
if reconciling then
  return { status = "Progressing", message = says(work) }
end
if not ready then
  return { status = "Progressing", message = says(readiness, "nothing is reported yet") }
end
-- It serves what was asked for. Why that is not what Git says is worth a message.
local upToDate, content = is("UpToDate")
if not upToDate and content ~= nil and content.status == "False" then
  return { status = "Healthy", message = says(content) }
end
return { status = "Healthy", message = says(readiness) }
