// Adds to each password field a button that shows what is typed, and to a new password how soon it would be guessed.
// Without script both are missing, and the form works all the same.

/** How long typing pauses before the server is asked, in ms. */
const PAUSE = 400;

function addShowButton(input) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button field-show";
  button.textContent = "Show";
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => {
    const shows = input.type === "password";
    input.type = shows ? "text" : "password";
    button.textContent = shows ? "Hide" : "Show";
    button.setAttribute("aria-pressed", String(shows));
  });
  // A browser would offer to remember what is sent as plain text.
  input.form?.addEventListener("submit", () => (input.type = "password"));
  input.after(button);
}

function addStrength(input) {
  const told = document.createElement("p");
  told.className = "field-hint";
  told.setAttribute("role", "status");
  input.closest(".field").append(told);
  let timer;
  let asked = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    const question = ++asked;
    timer = setTimeout(async () => {
      const words = input.value ? await strength(input) : "";
      if (question === asked) told.textContent = words;
    }, PAUSE);
  });
}

/** What the server says of a password; nothing when it does not answer. */
async function strength(input) {
  const email = input.form?.querySelector("[autocomplete=username]")?.value ?? "";
  try {
    const answer = await fetch("/sfn/password_strength", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ password: input.value, email }),
    });
    return answer.ok ? (await answer.json()).words : "";
  } catch {
    return "";
  }
}

for (const input of document.querySelectorAll(".field input[type=password]")) addShowButton(input);
for (const input of document.querySelectorAll(".field input[data-strength]")) addStrength(input);
