-- What every script knows: the owners, the time, and how it is told that somebody lost a right.

local owners, changed = KEYS[1], KEYS[2]

-- Lua prints large numbers as 1.7e+15; Redis must be given all digits.
local function int(number)
  return string.format('%.0f', number)
end

-- Unix microseconds, as text: fine enough to tell what was made first.
local function now()
  local time = redis.call('TIME')
  return int(time[1] * 1000000 + time[2])
end

-- A record is text: microseconds when it was made, epoch, password hash, e-mail, e-mail in small letters.
-- None of these holds a blank. A session is of the epoch in which it began; a new epoch ends them all.
local function decode(record)
  local made, epoch, hash, email, small = string.match(record, '^(%d+) (%d+) ([^ ]+) ([^ ]+) ([^ ]+)$')
  return made and { made = made, epoch = epoch, hash = hash, email = email, small = small }
end

local function encode(owner)
  return table.concat({ owner.made, owner.epoch, owner.hash, owner.email, owner.small }, ' ')
end

-- The owner; or nil and what to answer in its place.
local function find(id)
  local record = redis.call('HGET', owners, id)
  if not record then return nil, 'none' end
  local owner = decode(record)
  if not owner then return nil, 'an owner\'s record' end
  return owner
end

-- Last and through pcall: a missing right on the channel must not leave half an operation behind.
local function announce()
  redis.pcall('SPUBLISH', changed, '')
end
