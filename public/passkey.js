// Makes passkeys, and signs in with them (https://www.w3.org/TR/webauthn-3/). Without it, or where the browser knows no
// passkeys, its controls stay hidden.

/** Bytes of base64url; browsers of 2024 have no function for it. */
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

/** The base64url of bytes; undefined for none. */
const text = (buffer) =>
  buffer &&
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const descriptors = (list) => (list ?? []).map((known) => ({ ...known, id: bytes(known.id) }));

/** Calls a server function; throws its words. */
async function call(name, body) {
  const answer = await fetch(`/sfn/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(words(result));
  return result;
}

/** The server's error in words: its enum is `"Name"` or `{"Name": …}`. */
function words(error) {
  const [name, content] = typeof error === "string" ? [error] : Object.entries(error)[0];
  if (name === "WrongPassword") return "The password is wrong.";
  if (name === "Forbidden") return content;
  if (name === "Invalid") return `The ${content.field} ${content.reason}.`;
  if (name === "SignInRequired") return "Sign in first.";
  if (name.startsWith("TooMany")) return "Too many attempts. Try again later.";
  return "That did not work. Try again.";
}

async function add(form) {
  const options = await call("begin_passkey", { current: form.elements.current.value });
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: descriptors(options.excludeCredentials),
    },
  });
  const { clientDataJSON, attestationObject } = made.response;
  const response = {
    clientDataJSON: text(clientDataJSON),
    attestationObject: text(attestationObject),
    transports: made.response.getTransports?.() ?? [],
  };
  await call("add_passkey", { name: form.elements.name.value, credential: credential(made, response) });
  location.reload();
}

async function signIn(part) {
  const options = await call("begin_passkey_sign_in", {});
  const given = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: descriptors(options.allowCredentials),
    },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = given.response;
  const response = {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: text(userHandle),
  };
  const next = await call("sign_in_passkey", { credential: credential(given, response), next: part.dataset.next });
  location.assign(next);
}

/** A credential as JSON of the standard. */
const credential = (made, response) => ({
  id: made.id,
  rawId: text(made.rawId),
  type: made.type,
  authenticatorAttachment: made.authenticatorAttachment,
  clientExtensionResults: {},
  response,
});

/** Runs a ceremony, and says what went wrong. Closing the browser's dialog is nothing wrong. */
async function run(part, ceremony) {
  const told = part.querySelector("[role=alert]");
  const button = part.querySelector("button.button:not(.field-show)");
  told.hidden = true;
  button.disabled = true;
  try {
    await ceremony(part);
  } catch (error) {
    const said = {
      NotAllowedError: "",
      AbortError: "",
      InvalidStateError: "This device has a passkey of this account already.",
    };
    told.textContent = said[error.name] ?? (error.message || "That did not work. Try again.");
    told.hidden = told.textContent === "";
  } finally {
    button.disabled = false;
  }
}

/** Browsers make passkeys for names, not for IP addresses. */
const isNamed = !/^[\d.]+$|^\[/.test(location.hostname);

if (window.PublicKeyCredential && isNamed) {
  for (const missing of document.querySelectorAll("[data-passkey-missing]")) missing.hidden = true;
  for (const part of document.querySelectorAll("[data-passkey]")) {
    part.hidden = false;
    if (part.dataset.passkey === "add") {
      part.addEventListener("submit", (event) => {
        event.preventDefault();
        run(part, add);
      });
    } else {
      part.querySelector("button").addEventListener("click", () => run(part, signIn));
    }
  }
}
