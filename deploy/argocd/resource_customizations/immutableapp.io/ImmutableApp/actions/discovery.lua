-- What a person can do to an ImmutableApp. What would have no effect is disabled; the displayed name says why, and who keeps what Git says.
local annotations = obj.metadata.annotations or {}
local status = obj.status or {}
local versions = status.versions or {}

-- Who writes this field out of Git: a server-side apply, or Argo CD's client-side one. A write here would not last.
local function keeper(path)
  for _, entry in ipairs(obj.metadata.managedFields or {}) do
    local at = entry.fieldsV1
    for _, step in ipairs(path) do
      at = type(at) == "table" and at["f:" .. step] or nil
    end
    local applies = entry.operation == "Apply" or entry.manager == "argocd-controller"
    if at ~= nil and applies and (entry.subresource or "") == "" then
      return entry.manager or "a server-side apply"
    end
  end
  return nil
end
local function annotation(name)
  return { "metadata", "annotations", "immutableapp.io/" .. name }
end

local actions = {}
local function offer(name, title, icon, field, obstacle, params)
  local owner = keeper(field)
  if owner ~= nil then
    obstacle = "Git says it, through " .. owner .. ": change it there"
  end
  actions[name] = {
    ["disabled"] = obstacle ~= nil,
    ["displayName"] = obstacle == nil and title or title .. " (" .. obstacle .. ")",
    ["iconClass"] = "fa fa-fw fa-" .. icon,
    ["params"] = params,
  }
end

local function called(version)
  return version.called or version.id
end
local function decidedAgainst(version)
  local against = { Held = true, HeldAlong = true }
  return version.state == "Rejected" or version.state == "Failed" or against[version.reason or ""] == true
end
local active, latest, back
for _, version in ipairs(versions) do
  if version.id == status.activeVersion then
    active = version
  elseif (version.servedFrom or version.servedUntil) ~= nil and not decidedAgainst(version) then
    if back == nil or (version.servedUntil or "") > (back.servedUntil or "") then
      back = version
    end
  end
  if version.id == status.latestVersion then
    latest = version
  end
end

local pinned = annotations["immutableapp.io/pin"]
for _, warning in ipairs(status.warnings or {}) do
  if warning.reason == "PinExpired" then
    pinned = nil
  end
end
local overruled = nil
if pinned ~= nil then
  overruled = "the pin decides: " .. pinned
end

local pointer = { "spec", "activeVersion" }
offer("go-back", back == nil and "Go back" or "Go back to " .. called(back), "undo", pointer,
  overruled or (back == nil and "nothing else served that nobody decided against" or nil))
offer("go", "Go to a version, by name or id", "share", pointer, overruled, { { ["name"] = "version" } })
offer("pin-1h", active == nil and "Pin" or "Pin " .. called(active) .. " for an hour", "thumbtack", annotation("pin"),
  active == nil and "nothing serves" or nil)
offer("unpin", "Unpin", "unlink", annotation("pin"), annotations["immutableapp.io/pin"] == nil and "there is no pin" or nil)
offer("reject", active == nil and "Reject" or "Reject " .. called(active), "ban", annotation("reject"),
  (active == nil and "nothing serves") or (back == nil and "nothing else served that nobody decided against") or nil)

local bad = latest ~= nil and latest ~= active and decidedAgainst(latest)
local again = bad and latest or active
offer("renew", again == nil and "Renew" or (bad and "Try again " or "Restart ") .. called(again), "redo", annotation("renew"),
  again == nil and "nothing serves" or nil)

local asks = nil
for _, version in ipairs(versions) do
  for _, gate in ipairs(version.gates or {}) do
    if gate.reason == "ApprovalMissing" then
      asks = asks or version
    end
  end
end
offer("approve", asks == nil and "Approve" or "Approve " .. called(asks), "check", annotation("approve"),
  asks == nil and "no version waits for people" or nil)

local pause = { "spec", "paused" }
offer("pause", "Pause", "pause-circle", pause, obj.spec.paused == true and "it is paused" or nil)
offer("resume", "Resume", "play-circle", pause, obj.spec.paused ~= true and "it is not paused" or nil)
return actions
