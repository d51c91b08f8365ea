-- What every script shares: values from the harness, counters, addresses, form encoding.
local M = {}

function M.value(name) return os.getenv("BENCH_" .. name) or "" end

function M.lines(name)
  local found = {}
  for line in io.lines(M.value(name)) do found[#found + 1] = line end
  return found
end

-- Limits count by address; the harness is a trusted proxy, so that they stay on.
local n = 0
function M.address()
  n = (n + 1) % 16000000
  return string.format("10.%d.%d.%d", math.floor(n / 65536) % 256, math.floor(n / 256) % 256, n % 256)
end

function M.escape(text)
  return (text:gsub("[^%w%-%._~]", function(c) return string.format("%%%02X", string.byte(c)) end))
end

function M.form(fields)
  local parts = {}
  for name, value in pairs(fields) do parts[#parts + 1] = name .. "=" .. M.escape(value) end
  return table.concat(parts, "&")
end

-- Globals, since wrk reads them from each thread at the end.
ok, bad, first = 0, 0, ""

function M.count(right, body)
  if right then ok = ok + 1 else
    bad = bad + 1
    if first == "" then first = tostring(body):gsub("%s+", " ") end
  end
end

local threads = {}
function M.setup(thread) threads[#threads + 1] = thread end

function M.done()
  local all, wrong, said = 0, 0, ""
  for _, thread in ipairs(threads) do
    all, wrong = all + thread:get("ok"), wrong + thread:get("bad")
    if said == "" then said = thread:get("first") end
  end
  io.write(string.format("LIMEN done=%d bad=%d first=%s\n", all, wrong, said))
end

return M
