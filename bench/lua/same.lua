-- The same request again and again: BENCH_METHOD, BENCH_BODY, BENCH_AUTHORIZATION; from many
-- addresses where BENCH_FORWARDED is set.
local common = require("common")
function setup(thread) common.setup(thread) end
function done() common.done() end

local method, body = common.value("METHOD"), common.value("BODY")
local headers = {}
if common.value("AUTHORIZATION") ~= "" then headers["Authorization"] = common.value("AUTHORIZATION") end
if body ~= "" then headers["Content-Type"] = common.value("TYPE") end

local forwarded = common.value("FORWARDED") ~= ""
local fixed

function request()
  if forwarded then
    headers["X-Forwarded-For"] = common.address()
    return wrk.format(method, nil, headers, body ~= "" and body or nil)
  end
  fixed = fixed or wrk.format(method, nil, headers, body ~= "" and body or nil)
  return fixed
end

function response(status, _, answer) common.count(status == 200, status .. " " .. answer) end
