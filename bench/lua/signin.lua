-- Signs in by the form, each time with the same browser cookies and CSRF token.
local common = require("common")
function setup(thread) common.setup(thread) end
function done() common.done() end

local headers = {
  ["Cookie"] = common.value("COOKIE"),
  ["Content-Type"] = "application/x-www-form-urlencoded",
  ["Origin"] = common.value("ORIGIN"),
}
local body = common.value("BODY")

function request()
  headers["X-Forwarded-For"] = common.address()
  return wrk.format("POST", nil, headers, body)
end

function response(status, answered, answer)
  local cookie = answered["set-cookie"] or answered["Set-Cookie"]
  common.count(status == 303 and cookie ~= nil, status .. " " .. answer)
end
