import { redisScript } from '../redis.ts';

/**
 * Counts one call against all its limits at once, by Redis' clock: looks at each first, and takes from all or from none.
 * A window is a hash that is kept as `SlidingWindow` keeps its ring: moments from `first` to `last`, each with the time of
 * its latest call (`a<n>`) and its number of calls (`n<n>`), and `used`, their sum.
 *
 * KEYS: a window for each limit, then the month's counter if the plan has a limit.
 * ARGV: quota, hold and slot in milliseconds for each window; then the month's limit and what is known to be used.
 * Reply: 1 when the call is let in; the month's use; used and milliseconds until free for each window.
 */
export const LIMIT_SCRIPT = redisScript(`
local MONTH_SECONDS = 40 * 86400
local time = redis.call('TIME')
local now = math.ceil(time[1] * 1000 + time[2] / 1000)
local windows = math.floor(#ARGV / 3)
local monthKey = KEYS[windows + 1]

local function moment(window, n)
  local fields = redis.call('HMGET', window.key, 'a' .. n, 'n' .. n)
  return tonumber(fields[1]), tonumber(fields[2])
end

local function read(key, hold)
  local state = redis.call('HMGET', key, 'first', 'last', 'used')
  local window = { key = key, hold = hold, first = tonumber(state[1] or 1), last = tonumber(state[2] or 0),
    used = tonumber(state[3] or 0) }
  local left = {}
  while window.first <= window.last do
    local at, calls = moment(window, window.first)
    if now - at <= hold then
      window.oldestAt, window.oldestCalls = at, calls
      break
    end
    left[#left + 1] = 'a' .. window.first
    left[#left + 1] = 'n' .. window.first
    window.used = window.used - calls
    window.first = window.first + 1
  end
  for i = 1, #left, 200 do redis.call('HDEL', key, unpack(left, i, math.min(i + 199, #left))) end
  if #left > 0 then redis.call('HSET', key, 'first', window.first, 'used', window.used) end
  return window
end

local function untilLeft(window, calls)
  if window.used < calls then return 0 end
  local at, leaving = window.oldestAt, window.oldestCalls
  local n = window.first
  while leaving < calls do
    n = n + 1
    local more
    at, more = moment(window, n)
    leaving = leaving + more
  end
  return at + window.hold + 1 - now
end

local function add(window, slot)
  local at, calls = window.oldestAt, window.oldestCalls
  if window.last > window.first then at, calls = moment(window, window.last) end
  if not at or math.floor(at / slot) ~= math.floor(now / slot) then
    window.last = window.last + 1
    calls = 0
  end
  calls = calls + 1
  window.used = window.used + 1
  if window.last == window.first then window.oldestAt, window.oldestCalls = now, calls end
  redis.call('HSET', window.key, 'first', window.first, 'last', window.last, 'used', window.used,
    'a' .. window.last, now, 'n' .. window.last, calls)
  redis.call('PEXPIRE', window.key, window.hold + 1000)
end

local admitted = 1
local monthUsed = 0
if monthKey then
  monthUsed = math.max(tonumber(redis.call('GET', monthKey) or 0), tonumber(ARGV[windows * 3 + 2]))
  if monthUsed >= tonumber(ARGV[windows * 3 + 1]) then admitted = 0 end
end
local states = {}
for i = 1, windows do
  states[i] = read(KEYS[i], tonumber(ARGV[i * 3 - 1]))
  if states[i].used >= tonumber(ARGV[i * 3 - 2]) then admitted = 0 end
end

local reply = { admitted, 0 }
for i, window in ipairs(states) do
  if admitted == 1 then add(window, tonumber(ARGV[i * 3])) end
  reply[i * 2 + 1] = window.used
  reply[i * 2 + 2] = math.ceil(untilLeft(window, math.max(1, window.used - ARGV[i * 3 - 2] + 1)))
end
if monthKey and admitted == 1 then
  monthUsed = monthUsed + 1
  redis.call('SET', monthKey, string.format('%.0f', monthUsed), 'EX', MONTH_SECONDS)
end
reply[2] = monthUsed
return reply
`);
