-- Many devices wait: each asks in turn whether somebody has decided, and nobody has.
local common = require("common")
function setup(thread) common.setup(thread) end
function done() common.done() end

local codes = common.lines("CODES")
local client = common.value("CLIENT")
local turn = 0
local headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }
local grant = common.escape("urn:ietf:params:oauth:grant-type:device_code")

function request()
  turn = turn % #codes + 1
  headers["X-Forwarded-For"] = common.address()
  local body = "grant_type=" .. grant .. "&client_id=" .. client .. "&device_code=" .. codes[turn]
  return wrk.format("POST", nil, headers, body)
end

function response(status, _, answer)
  common.count(status == 400 and answer:find("authorization_pending", 1, true) ~= nil, status .. " " .. answer)
end
