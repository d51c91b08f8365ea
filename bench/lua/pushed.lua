-- Whole flows by PAR with DPoP: push, authorize by its handle, redeem with a proof; counts once.
local common = require("common")
function setup(thread) common.setup(thread) end
function done() common.done() end

local proofs, turn = common.lines("PROOFS"), 0
local handles, front, back = {}, 1, 0
local codes, first_code, last_code = {}, 1, 0
local redirect, cookie, verifier = common.value("REDIRECT"), common.value("COOKIE"), common.value("VERIFIER")
local client, pushed = common.value("CLIENT"), common.value("PUSHED")
local post = {
  ["Content-Type"] = "application/x-www-form-urlencoded",
  ["Authorization"] = common.value("AUTHORIZATION"),
}
local redeem = {
  ["Content-Type"] = "application/x-www-form-urlencoded",
  ["Authorization"] = common.value("AUTHORIZATION"),
}
local get = { ["Cookie"] = cookie }

function request()
  local address = common.address()
  if first_code <= last_code then
    local code = codes[first_code]
    codes[first_code], first_code = nil, first_code + 1
    turn = turn + 1
    redeem["X-Forwarded-For"], redeem["DPoP"] = address, proofs[turn] or "none-left"
    return wrk.format("POST", "/oauth2/token", redeem, common.form({
      grant_type = "authorization_code", code = code, redirect_uri = redirect,
      code_verifier = verifier, client_id = client,
    }))
  end
  if front <= back then
    local handle = handles[front]
    handles[front], front = nil, front + 1
    get["X-Forwarded-For"] = address
    return wrk.format("GET", "/oauth2/authorize?client_id=" .. client .. "&request_uri=" .. common.escape(handle), get)
  end
  post["X-Forwarded-For"] = address
  return wrk.format("POST", "/oauth2/par", post, pushed)
end

function response(status, headers, answer)
  if status == 201 then
    back = back + 1
    handles[back] = answer:match('"request_uri"%s*:%s*"([^"]+)"')
  elseif status == 303 or status == 302 then
    local place = headers["location"] or headers["Location"] or ""
    local code = place:match("[?&]code=([^&]+)")
    if code then last_code = last_code + 1; codes[last_code] = code else common.count(false, place) end
  else
    local right = status == 200 and answer:find('"token_type":"DPoP"', 1, true) ~= nil
    common.count(right, status .. " " .. answer)
  end
end
