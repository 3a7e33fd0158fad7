-- Asks Portico about each request before HAProxy (2.6 or newer) lets it through.
--
--   setenv PORTICO_ASK http://127.0.0.1:8080/verify/haproxy
--   setenv PORTICO_NAMES portico-user,portico-name
--   setenv PORTICO_REFUSED true
--   lua-load-per-thread /etc/haproxy/portico.lua
--
--   http-request lua.portico_verify
--   use_backend portico_refused if { var(txn.portico_refused) -m bool }
--
-- PORTICO_ASK is the address to ask; PORTICO_NAMES lists the identity headers. A request is let through only if Portico
-- answers 200, with every listed header set, if necessary to an empty value. A refusal is passed on to the client. Any
-- other answer, or none, becomes 503: nobody is let through while Portico is down. PORTICO_REFUSED says that the
-- use_backend line above is present; a refused request that may have a body is then sent to Portico instead.

local question_url = os.getenv("PORTICO_ASK")

local has_refused_backend = os.getenv("PORTICO_REFUSED") == "true"

local identity_headers = {}
for name in string.gmatch(os.getenv("PORTICO_NAMES"), "[^,]+") do
    identity_headers[#identity_headers + 1] = name
end

-- The client's headers on which the decision depends, besides those that HAProxy sets itself. No others are sent to
-- Portico.
local question_headers = {
    "cookie", "accept", "origin", "user-agent", "access-control-request-method", "x-requested-with",
    "sec-fetch-mode", "sec-fetch-dest", "sec-purpose", "sec-websocket-key", "sec-websocket-version",
}

-- The headers of a refusal that are passed on to the client.
local refusal_headers = {
    "location", "www-authenticate", "content-type", "cache-control", "vary", "retry-after", "portico-sign-in", "portico-reason",
    "content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy", "permissions-policy",
    "cross-origin-opener-policy", "cross-origin-resource-policy", "strict-transport-security",
}

local refusal_statuses = { [302] = true, [400] = true, [401] = true, [403] = true, [503] = true }

local function first(headers, name)
    local lines = headers and headers[name]
    return lines and (lines[0] or lines[1])
end

-- For portal.preflight: whether a request has no body, no upgrade and no header that overrides its method.
local function is_head_only(txn, headers)
    for name, lines in pairs(headers) do
        if name == "transfer-encoding" or name == "upgrade" then
            return false
        elseif name == "content-length" and (lines[0] ~= "0" or lines[1]) then
            return false
        elseif name:find("method", 1, true) and name ~= "access-control-request-method" then
            return false
        end
    end
    -- HTTP/2 and later need not announce a body.
    return txn.sf:req_ver():find("^1%.") ~= nil
end

local function question(txn)
    local sent, headers = txn.http:req_get_headers(), {}
    for _, name in ipairs(question_headers) do
        local lines = sent[name]
        if lines then
            headers[name] = {}
            for at = 0, #lines do
                headers[name][at + 1] = lines[at]
            end
        end
    end
    for _, name in ipairs({ "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto" }) do
        headers[name] = { first(sent, name) }
    end
    headers["x-forwarded-method"] = { txn.sf:method() }
    headers["x-forwarded-uri"] = { txn.sf:pathq() }
    headers["portico-head-only"] = { is_head_only(txn, sent) and "yes" or "no" }
    return headers
end

local function refuse(txn, status, headers, body)
    local reply = txn:reply({ status = status })
    for _, name in ipairs(refusal_headers) do
        local value = first(headers, name)
        if value then
            reply:add_header(name, value)
        end
    end
    reply:set_body(body or "")
    txn:done(reply)
end

-- A Cookie line without Portico's cookies, or nil if no other is left. A line without Portico's cookies is returned unchanged.
local function without_own_cookies(line)
    local kept, has_own = {}, false
    for pair in string.gmatch(line, "[^;]+") do
        local cookie = string.match(pair, "^%s*(.-)%s*$")
        local name = string.match(cookie, "^[^=]*")
        local bare = string.gsub(string.gsub(name, "^__Host%-", ""), "^__Secure%-", "")
        if string.sub(bare, 1, 8) == "portico-" then
            has_own = true
        elseif cookie ~= "" then
            kept[#kept + 1] = cookie
        end
    end
    if #kept == 0 then
        return nil
    end
    return has_own and table.concat(kept, "; ") or line
end

-- Portico's cookies must not reach the portal.
local function remove_own_cookies(txn)
    local lines = txn.http:req_get_headers()["cookie"]
    if not lines then
        return
    end
    txn.http:req_del_header("cookie")
    for at = 0, #lines do
        local kept = without_own_cookies(lines[at])
        if kept then
            txn.http:req_add_header("cookie", kept)
        end
    end
end

core.register_action("portico_verify", { "http-req" }, function(txn)
    local answer = core.httpclient():get({ url = question_url, headers = question(txn), timeout = 10000 })
    local status = answer and answer.status
    if status == 200 then
        for _, name in ipairs(identity_headers) do
            txn.http:req_set_header(name, first(answer.headers, name) or "")
        end
        remove_own_cookies(txn)
        return
    end
    if not refusal_statuses[status] then
        return refuse(txn, 503, nil, nil)
    end
    -- A client that is still sending its body would not see HAProxy's response: Portico reads the body to its end, then
    -- responds.
    local method = txn.sf:method()
    if method ~= "GET" and method ~= "HEAD" then
        if has_refused_backend then
            txn:set_var("txn.portico_refused", true)
            return
        end
        -- With 303 the browser does not post the body to the form.
        status = status == 302 and 303 or status
    end
    refuse(txn, status, answer.headers, answer.body)
end)
