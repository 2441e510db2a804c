"""Models over HTTP: the verbs, the OpenAI forms, the workbench's pages, and a client of PACS archives."""
