-- What wrk sends: orders that nobody sent before, and at the end nothing that is left unanswered.
--
-- wrk cuts its connections when its time is up, and whatever is on its way then is stored but not
-- counted. So here the orders end first: a connection that is due to send one after the end sends
-- the head of a request whose body never comes, and when all of them wait like that wrk is told to
-- stop. Every order that was sent is answered by then, and the answers can be counted against the
-- rows in the database, to the last one.
--
-- Reads BENCH_SHAPE (plain or full), BENCH_TOGETHER (orders in one body, 0: one order without an
-- array), BENCH_SECONDS, BENCH_BODIES (the most bodies, 0: no limit), BENCH_CONNECTIONS,
-- BENCH_PREFIX (of the purchase order numbers) and BENCH_TOKEN from the environment.
-- Writes one line of JSON that begins with "BENCH ".

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } bench_instant;
  int clock_gettime(int clock, bench_instant *instant);
  int getpid(void);
  int kill(int process, int signal);
]]
local MONOTONIC, SIGINT = 1, 2

local full = os.getenv("BENCH_SHAPE") == "full"
local together = tonumber(os.getenv("BENCH_TOGETHER"))
local seconds = tonumber(os.getenv("BENCH_SECONDS"))
local bodies = tonumber(os.getenv("BENCH_BODIES"))
local connections = tonumber(os.getenv("BENCH_CONNECTIONS"))
local prefix = os.getenv("BENCH_PREFIX")

local path = full and "/api/order" or "/api/order/acknowledgement"
local date = '","orderDate":"2022-01-31T13:15:05.2151663-05:00",'
local line = '"lineItems":[{"recipeSetId":"ABCD1234","giftMessage":"Happy birthday, dear Ann! From all of us.",'
  .. '"skuQuantities":[{"sku":"MUG-11OZ-WHITE","quantity":2}]}]}'

local instant = ffi.new("bench_instant")
local function now()
  ffi.C.clock_gettime(MONOTONIC, instant)
  return tonumber(instant.seconds) + tonumber(instant.nanoseconds) / 1e9
end

local orders = 0
local function address(role)
  -- The name is another in every order: so are the blind indexes that are made of it.
  return '"' .. role .. '":{"firstName":"Ann","lastName":"Example-' .. orders .. '","address1":"' .. orders
    .. ' Long Meadow Lane","city":"Springfield","state":"IL","postalCode":"62704","country":"US",'
    .. '"phone":"+1 555 0100","email":"ann.' .. orders .. '@customer.example"},'
end

local function order()
  orders = orders + 1
  local head = '{"purchaseOrderNumber":"' .. prefix .. orders .. date
  if full then return head .. address("customerAddress") .. address("shippingAddress") .. line end
  return head .. line
end

local function body()
  if together == 0 then return order() end
  local all = {}
  for number = 1, together do all[number] = order() end
  return "[" .. table.concat(all, ",") .. "]"
end

-- Read again by done(), which lives in another Lua state; so they are global.
calls, sent, held, first, last = 0, 0, 0, nil, nil
local head

function init()
  head = "POST " .. path .. " HTTP/1.1\r\nHost: " .. wrk.headers["Host"] .. "\r\nSPECTRUM_API_TOKEN: "
    .. os.getenv("BENCH_TOKEN") .. "\r\nContent-Type: application/json\r\nContent-Length: "
end

local function post()
  local text = body()
  return head .. #text .. "\r\n\r\n" .. text
end

local function hold(at)
  held, last = held + 1, at
  if held == connections then ffi.C.kill(ffi.C.getpid(), SIGINT) end
  return head .. "2\r\n\r\n"
end

function request()
  calls = calls + 1
  if calls == 1 then return post() end -- wrk looks at one request before it starts and never sends it
  local at = now()
  if first == nil then first = at end
  if at >= first + seconds or (bodies > 0 and sent >= bodies) then return hold(at) end
  sent = sent + 1
  return post()
end

local generator
function setup(thread) generator = thread end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'BENCH {"answers": %d, "sent": %d, "held": %d, "seconds": %.6f, "p50_us": %.0f, "p99_us": %.0f, '
      .. '"refused": %d, "broken": %d}\n',
    summary.requests, generator:get("sent"), generator:get("held"),
    (generator:get("last") or 0) - (generator:get("first") or 0),
    latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write))
end
