-- Sends the requests of a file, one after the other and from the start again, beginning after the first `skip` of them:
--   wrk ... -s requests.lua URL -- FILE SKIP
-- A line of the file is
--   METHOD <tab> path <tab> name: value | name: value <tab> body
-- with nothing between the tabs where there are no headers or no body.
local requests = {}
local at = 0

function init(arguments)
  at = tonumber(arguments[2])
  for line in io.lines(arguments[1]) do
    local method, path, fields, body = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = {}
    for name, value in fields:gmatch("([%w-]+): ([^|]*[^| ])") do headers[name] = value end
    if body ~= "" then headers["Content-Type"] = "application/json" end
    requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %.0f %.3f %.3f %d %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
