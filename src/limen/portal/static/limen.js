// Small comforts; every page works without them.

/** Lets people see the password that they type. */
for (const input of document.querySelectorAll("input[data-show]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.textContent = input.dataset.show;
  button.setAttribute("aria-controls", input.id);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.textContent = shown ? input.dataset.show : input.dataset.hide;
    button.setAttribute("aria-pressed", String(!shown));
  });
  const row = document.createElement("div");
  row.className = "with-button";
  const focused = document.activeElement === input;
  input.replaceWith(row);
  row.append(input, button);
  if (focused) input.focus();
  // Hidden again before it is sent, so that no browser offers it as ordinary text.
  input.form?.addEventListener("submit", () => { input.type = "password"; });
}

/** Copies what a button's `data-copy` selects. */
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.querySelector(button.dataset.copy);
    await navigator.clipboard.writeText(source?.textContent?.trim() ?? "");
    button.textContent = button.dataset.copied;
  });
}
