import { svelte } from "@sveltejs/vite-plugin-svelte";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const page = (name) => new URL(`${name}/index.html`, import.meta.url).pathname;

export default defineConfig({
  // The pages may lie in any folder of a server.
  base: "./",
  plugins: [react(), svelte()],
  build: { rolldownOptions: { input: { react: page("react"), vue: page("vue"), svelte: page("svelte") } } },
  // `npm run dev` beside a server of yours on port 8080.
  server: { proxy: { "/socket.io": { target: "http://localhost:8080", ws: true } } },
});
