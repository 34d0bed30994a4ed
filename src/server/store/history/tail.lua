-- Reads what is not sealed, and which files are.
-- Returns the generation, versions of the file, ids of archived visits, statistics of the files if it is the first call,
-- entries of both streams.

local visits, downloads, versions = KEYS[1], KEYS[2], KEYS[3]
local archived, sealed, generation = KEYS[4], KEYS[5], KEYS[6]
-- Where each stream goes on, as XRANGE has it; '' when it was read to its end. A count.
local visits_from, downloads_from, batch = ARGV[1], ARGV[2], ARGV[3]

local function entries(stream, from)
  if from == '' then return {} end
  return redis.call('XRANGE', stream, from, '+', 'COUNT', batch)
end

return {
  redis.call('GET', generation) or '0', redis.call('LRANGE', versions, 0, -1), redis.call('SMEMBERS', archived),
  visits_from == '-' and redis.call('HVALS', sealed) or {}, entries(visits, visits_from), entries(downloads, downloads_from),
}
