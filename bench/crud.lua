-- SPDX-License-Identifier: Apache-2.0
-- wrk's side of the CRUD mix; bench/records.py puts `seeds`, `token` and `only_create` before it.
-- A resource goes from queue to queue: created, read, updated, deleted. A queue is only taken from when it holds more than any requests under way,
-- so that a step never overtakes the one before it.
local DEPTH = 100
local made, seen, changed = {first = 1, last = 0}, {first = 1, last = 0}, {first = 1, last = 0}
local json = {["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/fhir+json"}
local bare = {["Authorization"] = "Bearer " .. token}
local turn, count = 0, 0

local function add(q, x) q.last = q.last + 1; q[q.last] = x end
local function ready(q) return q.last - q.first >= DEPTH end
local function take(q) local x = q[q.first]; q[q.first] = nil; q.first = q.first + 1; return x end

local function body_of(no)
  count = count + 1
  return (seeds[no][2]:gsub("@@", tostring(count)))
end

function init(args) turn = math.random(#seeds) end

function request()
  if not only_create then
    if ready(changed) then
      return wrk.format("DELETE", take(changed).path, bare)
    elseif ready(seen) then
      local it = take(seen)
      add(changed, it)
      -- an update carries its id
      return wrk.format("PUT", it.path, json, (body_of(it.no):gsub('^{', '{"id":"' .. it.id .. '",', 1)))
    elseif ready(made) then
      local it = take(made)
      add(seen, it)
      return wrk.format("GET", it.path, bare)
    end
  end
  turn = turn % #seeds + 1
  return wrk.format("POST", "/fhir/" .. seeds[turn][1], json, body_of(turn))
end

function response(status, headers)
  if status ~= 201 or only_create then return end
  local kind, id = (headers["Location"] or ""):match("/fhir/(%a+)/([%w%.%-]+)/_history/1$")
  if not kind then return end
  for no = 1, #seeds do
    if seeds[no][1] == kind then add(made, {no = no, id = id, path = "/fhir/" .. kind .. "/" .. id}) end
  end
end
