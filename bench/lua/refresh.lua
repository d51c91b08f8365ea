-- Rotates many families: each request spends a token, each answer brings its successor.
local common = require("common")
function setup(thread) common.setup(thread) end
function done() common.done() end

local tokens = common.lines("TOKENS")
local front, back = 1, #tokens
local headers = {
  ["Authorization"] = common.value("AUTHORIZATION"),
  ["Content-Type"] = "application/x-www-form-urlencoded",
}

function request()
  local token = tokens[front] or "none-left"
  tokens[front], front = nil, front + 1
  headers["X-Forwarded-For"] = common.address()
  return wrk.format("POST", nil, headers, "grant_type=refresh_token&refresh_token=" .. common.escape(token))
end

function response(status, _, answer)
  local successor = answer:match('"refresh_token"%s*:%s*"([^"]+)"')
  common.count(status == 200 and successor ~= nil, status .. " " .. answer)
  if successor then back = back + 1; tokens[back] = successor end
end
