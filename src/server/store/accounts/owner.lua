-- Shared by all scripts of the accounts: the owners' records.

local owners, changed = KEYS[1], KEYS[2] -- hash of id to record; the channel of lost rights

-- A record is text: creation time in Unix microseconds, epoch, password hash, e-mail, e-mail in lower case. No
-- field holds a blank. A session belongs to the epoch in which it began; a new epoch ends them all. Fields of a newer
-- version stand behind these, and are kept.
local function decode(record)
  local created, epoch, hash, email, lowercase_email, newer =
    string.match(record, '^(%d+) (%d+) ([^ ]+) ([^ ]+) ([^ ]+)(.*)$')
  return created and {
    created = created, epoch = epoch, hash = hash, email = email, lowercase_email = lowercase_email,
    newer = newer,
  }
end

local function encode(owner)
  local fields = { owner.created, owner.epoch, owner.hash, owner.email, owner.lowercase_email }
  return table.concat(fields, ' ') .. (owner.newer or '')
end

-- The owner; or nil and what the script returns instead.
local function find_owner(id)
  local record = redis.call('HGET', owners, id)
  if not record then return nil, 'none' end
  local owner = decode(record)
  if not owner then return nil, 'an owner\'s record' end
  return owner
end

-- A session's record is text: owner id, epoch, when it began and when it was last used in Unix seconds, and the name of
-- the browser, which may hold blanks. Of the first versions it has only the first two. What a newer version has written
-- stands behind a line feed, and is kept.
local function decode_session(record)
  local id, epoch, rest = string.match(record, '^([^ ]+) (%d+)(.*)$')
  if not id then return nil end
  local created, used, device, newer = string.match(rest, '^ (%d+) (%d+) ?([^\n]*)(.*)$')
  return { id = id, epoch = epoch, created = created, used = used, device = device or '', newer = newer or '' }
end

local function encode_session(session)
  local fields = { session.id, session.epoch, session.created, session.used, session.device }
  return table.concat(fields, ' ') .. (session.newer or '')
end
