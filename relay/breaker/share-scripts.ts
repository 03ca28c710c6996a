import { redisScript } from '../redis.ts';

// One hash tag: the scripts touch several of these keys at once, also in a cluster.
const PREFIX = 'agentgateway:{breakers}';

/** Agent ID → state as JSON. */
const STATES = `${PREFIX}:states`;
/** Agent IDs by the number of their last change. */
const CHANGES = `${PREFIX}:changes`;
const LAST_CHANGE = `${PREFIX}:last-change`;

/** What Redis keeps at most; the agents whose change is longest ago are forgotten first. */
export const MOST_STATES = 50_000;

export const STATE_KEYS: readonly string[] = [STATES, CHANGES, LAST_CHANGE];

/** Counts of one epoch and one length of window: others are not comparable. */
export function countKeys(agentId: string, epoch: number, windowMs: number): string[] {
  return [STATES, `${PREFIX}:window:${agentId}:${epoch}:${windowMs}`];
}

/**
 * Puts a state in force unless one of the same or a further epoch is: of two processes that decide at once, one wins.
 *
 * KEYS: STATE_KEYS. ARGV: agent ID, epoch, state as JSON, MOST_STATES. Reply: the state in force.
 */
export const PUT_SCRIPT = redisScript(`
local present = redis.call('HGET', KEYS[1], ARGV[1])
if present and cjson.decode(present).epoch >= tonumber(ARGV[2]) then return present end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[3]), ARGV[1])
for _, forgotten in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1 - tonumber(ARGV[4]))) do
  redis.call('HDEL', KEYS[1], forgotten)
  redis.call('ZREM', KEYS[2], forgotten)
end
return ARGV[3]
`);

/**
 * What changed since the last look.
 *
 * KEYS: STATE_KEYS. ARGV: the number of the last change seen; how many at most.
 * Reply: Redis' clock in milliseconds; the number of the last change told; agent ID and state for each.
 */
export const CHANGES_SCRIPT = redisScript(`
local time = redis.call('TIME')
local seen = tonumber(ARGV[1])
local last = tonumber(redis.call('GET', KEYS[3]) or '0')
if last < seen then seen = 0 end
local changed = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. seen, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local reply = { math.floor(time[1] * 1000 + time[2] / 1000), seen }
for i = 1, #changed, 2 do
  reply[2] = tonumber(changed[i + 1])
  reply[#reply + 1] = changed[i]
  reply[#reply + 1] = redis.call('HGET', KEYS[1], changed[i])
end
return reply
`);

/**
 * Adds one process' counts to those of all.
 *
 * KEYS: countKeys. ARGV: agent ID, seconds to keep, oldest slot that counts; then slot, calls and failures of each slot.
 * Reply: the state in force or '', then slot, calls and failures of all processes' slots.
 */
export const COUNT_SCRIPT = redisScript(`
local key = KEYS[2]
for i = 4, #ARGV, 3 do
  redis.call('HINCRBY', key, ARGV[i] .. 'c', ARGV[i + 1])
  redis.call('HINCRBY', key, ARGV[i] .. 'f', ARGV[i + 2])
end
redis.call('EXPIRE', key, ARGV[2])
local reply = { redis.call('HGET', KEYS[1], ARGV[1]) or '' }
for _, field in ipairs(redis.call('HKEYS', key)) do
  local slot = string.sub(field, 1, -2)
  if tonumber(slot) < tonumber(ARGV[3]) then
    redis.call('HDEL', key, field)
  elseif string.sub(field, -1) == 'c' then
    reply[#reply + 1] = slot
    reply[#reply + 1] = redis.call('HGET', key, field)
    reply[#reply + 1] = redis.call('HGET', key, slot .. 'f')
  end
end
return reply
`);
