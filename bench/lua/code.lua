-- Whole flows with a live session: authorize, then redeem the code; a flow counts once.
local common = require("common")
function setup(thread) common.setup(thread) end
function done() common.done() end

local codes, front, back = {}, 1, 0
local authorize, redirect = common.value("AUTHORIZE"), common.value("REDIRECT")
local cookie, verifier = common.value("COOKIE"), common.value("VERIFIER")
local client = common.value("CLIENT")
local post = { ["Content-Type"] = "application/x-www-form-urlencoded" }
if common.value("AUTHORIZATION") ~= "" then post["Authorization"] = common.value("AUTHORIZATION") end
local get = { ["Cookie"] = cookie }

function request()
  if front <= back then
    local code = codes[front]
    codes[front], front = nil, front + 1
    post["X-Forwarded-For"] = common.address()
    return wrk.format("POST", "/oauth2/token", post, common.form({
      grant_type = "authorization_code", code = code, redirect_uri = redirect,
      code_verifier = verifier, client_id = client,
    }))
  end
  get["X-Forwarded-For"] = common.address()
  return wrk.format("GET", authorize, get)
end

function response(status, headers, answer)
  if status == 303 or status == 302 then
    local place = headers["location"] or headers["Location"] or ""
    local code = place:match("[?&]code=([^&]+)")
    if code then back = back + 1; codes[back] = code else common.count(false, place) end
  else
    common.count(status == 200 and answer:find("id_token", 1, true) ~= nil, status .. " " .. answer)
  end
end
