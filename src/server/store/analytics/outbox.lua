-- Shared by the scripts that tell of changes. A script that makes a change writes its event into the outbox of the link, so
-- that none is lost and none is told of what did not happen.
--
-- An event is an entry of the stream: `e` its letter, `t` the time in ms, and what the letter has:
--
--   s  a visit has started      n  active viewers    r  traits fingerprint referrer email, as in a viewer's record, with
--                                                       ` v` behind an address that is verified
--   f  a visit is over for good v  its id
--   d  a download               r  as above
--   b  the link is busy         n  active viewers
--   c  the link is calm         n  active viewers
--   g  the gate is locked
--
-- The state is a hash: `busy`, '1' from busy to calm; `calm`, since when (ms) the link has few viewers again; `cut`, how many
-- events were dropped because the outbox was full; `locked`, when the gate last refused a visitor after too many wrong
-- passwords (ms).

local outbox_kept, noted_each = 10000, 8 -- counts
local calm_after, calm_share = 600000, 0.8 -- ms; of the number that makes a link busy

-- The letters of the events that a channel wants, and the number of viewers that makes the link busy, or nil: `read_link`
-- reads both, and is told where the outbox and its state are. A hyphen among the letters: the owner wants no mail of visits.
local events, busy_at = '', nil
-- Whether the owner wants mail of visits of this link, if the server sends any: unless they say that they do not.
local mails_visits = false
local outbox_stream, outbox_hash
-- How many events were told whose link is to be noted in the index of those with events.
local told = 0

-- Reads what the record of the link says of events. False where there is no record: the link was deleted.
local function read_link(record, stream, state)
  local document, wanted, busy, mail = unpack(redis.call('HMGET', record, 'document', 'events', 'busy', 'mail'))
  events, busy_at, outbox_stream, outbox_hash = wanted or '', tonumber(busy), stream, state
  mails_visits = mail ~= 'off' and not string.find(events, '-', 1, true)
  return document
end

local function wants(event)
  return string.find(events, event, 1, true) ~= nil
end

-- Writes an event into the outbox, if a channel wants it: its letter, then names and values.
local function tell(event, ...)
  if not wants(event) then return end
  redis.call('XADD', outbox_stream, '*', 'e', event, 't', int(now), ...)
  local waiting = redis.call('XLEN', outbox_stream)
  -- Behind others, which are noted, it is told with them. Should a server have died before it noted one, a later one is.
  if waiting % noted_each == 1 then told = told + 1 end
  if waiting <= outbox_kept then return end
  -- Exact trimming would cost more than all the rest.
  local cut = redis.call('XTRIM', outbox_stream, 'MAXLEN', '~', outbox_kept)
  if cut > 0 then redis.call('HINCRBY', outbox_hash, 'cut', cut) end
end
