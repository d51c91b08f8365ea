// Says whether the person is still the one of a session_state (Session Management 1.0 §3.2).
{
  const name = `${document.currentScript.dataset.cookie}=`;
  const asked = /^([^ ]{1,2048}) ([0-9a-f]{64})\.([A-Za-z0-9_-]{1,64})$/;

  const state = () => {
    const found = document.cookie.split("; ").find((cookie) => cookie.startsWith(name));
    return found ? found.slice(name.length) : "";
  };

  const answer = async (data, origin) => {
    const parts = typeof data === "string" ? asked.exec(data) : null;
    if (!parts) return "error";
    const [, client, given, salt] = parts;
    const text = new TextEncoder().encode(`${client} ${origin} ${state()} ${salt}`);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
    const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex === given ? "unchanged" : "changed";
  };

  window.addEventListener("message", async (event) => {
    if (!event.source || !/^https?:/.test(event.origin)) return;
    event.source.postMessage(await answer(event.data, event.origin), event.origin);
  });
}
