import { MemoryStore } from "@touchmark/state";
import { storeSuite } from "./store-suite.ts";

storeSuite("memory", { open: () => new MemoryStore(), reopen: (store) => store });
