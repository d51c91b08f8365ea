-- A machine proves itself by a new signed assertion each time; none is good for two requests.
local common = require("common")
function setup(thread) common.setup(thread) end
function done() common.done() end

local bodies = common.lines("BODIES")
local turn = 0
local headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }

function request()
  turn = turn + 1
  headers["X-Forwarded-For"] = common.address()
  return wrk.format("POST", nil, headers, bodies[turn] or "none-left")
end

function response(status, _, answer)
  common.count(status == 200, status .. " " .. answer)
end
