-- Finds an owner by e-mail address. Returns id, record and ''; nil when there is none.

local emails, lowercase_email = KEYS[3], ARGV[1]

local id = redis.call('HGET', emails, lowercase_email)
if not id then return nil end
return { id, redis.call('HGET', owners, id) or '', '' }
