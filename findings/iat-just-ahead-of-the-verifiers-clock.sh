#!/bin/sh
# Who refuses a token that was issued half a minute "in the future", because the verifier's clock is behind?
#
# One would guess: nobody. RFC 7519 makes only `exp` and `nbf` reasons to refuse; `iat` (§4.1.6) is there to tell the age.
# So it is: PyJWT, joserfc and authlib refuse it with their default settings, as if it were an `nbf`. jose (npm) does so only
#   where an age is asked for; jsonwebtoken and fast-jwt do not even then; python-jose takes it.
# What follows: whoever issues short-lived tokens for services on other machines sets `iat` (and `nbf`) some seconds into
#   the past, or tells each verifier to allow a leeway. Two machines that are both "synchronised" differ by a second or two.
#
# Needs python3 with venv, node and npm. Exits non-zero when one of them behaves otherwise.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export PYTHONWARNINGS=ignore PIP_DISABLE_PIP_VERSION_CHECK=1

python3 -m venv python
python/bin/pip install --quiet PyJWT==2.15.1 joserfc==1.8.0 Authlib==1.9.10 python-jose==3.5.0
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit jose@6.2.18 jsonwebtoken@9.0.3 fast-jwt@6.3.6

cat >sign.py <<'END'
import time, jwt

now = int(time.time())
print(jwt.encode({"sub": "robin", "iat": now + 30, "exp": now + 300}, "k" * 32, algorithm="HS256"))
END

cat >verify.py <<'END'
import sys
from importlib.metadata import version

import jwt
from authlib.jose import jwt as authlib
from jose import jwt as python_jose
from joserfc import jwt as joserfc
from joserfc.jwk import OctKey

token, key = sys.argv[1], "k" * 32


def shows(name, package, verify):
    try:
        verify()
        print(name, version(package), "takes it")
    except Exception as error:
        print(name, version(package), "refuses it:", type(error).__name__)


shows("PyJWT", "PyJWT", lambda: jwt.decode(token, key, algorithms=["HS256"]))
shows("joserfc", "joserfc", lambda: joserfc.JWTClaimsRegistry().validate(joserfc.decode(token, OctKey.import_key(key)).claims))
shows("authlib", "Authlib", lambda: authlib.decode(token, key).validate())
shows("python-jose", "python-jose", lambda: python_jose.decode(token, key, algorithms=["HS256"]))
END

cat >verify.mjs <<'END'
import { createRequire } from "node:module";
import { jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { createVerifier } from "fast-jwt";

const [token, key] = [process.argv[2], "k".repeat(32)];
const bytes = new TextEncoder().encode(key);
const version = (name) => createRequire(import.meta.url)(`./node_modules/${name}/package.json`).version;
const shows = async (name, how, verify) => {
  try {
    await verify();
    console.log(`${name}${how}`, version(name), "takes it");
  } catch (error) {
    console.log(`${name}${how}`, version(name), "refuses it:", error.code ?? error.name);
  }
};
await shows("jose", "", () => jwtVerify(token, bytes));
await shows("jose", "+age", () => jwtVerify(token, bytes, { maxTokenAge: "1h" }));
await shows("jsonwebtoken", "", () => jsonwebtoken.verify(token, key));
await shows("jsonwebtoken", "+age", () => jsonwebtoken.verify(token, key, { maxAge: "1h" }));
await shows("fast-jwt", "", () => createVerifier({ key })(token));
await shows("fast-jwt", "+age", () => createVerifier({ key, maxAge: 3600000 })(token));
END

cat >expected <<'END'
PyJWT 2.15.1 refuses it: ImmatureSignatureError
joserfc 1.8.0 refuses it: InvalidClaimError
authlib 1.9.10 refuses it: InvalidTokenError
python-jose 3.5.0 takes it
jose 6.2.18 takes it
jose+age 6.2.18 refuses it: ERR_JWT_CLAIM_VALIDATION_FAILED
jsonwebtoken 9.0.3 takes it
jsonwebtoken+age 9.0.3 takes it
fast-jwt 6.3.6 takes it
fast-jwt+age 6.3.6 takes it
END

token=$(python/bin/python sign.py)
python/bin/python verify.py "$token" | tee told
node verify.mjs "$token" | tee -a told
diff expected told
