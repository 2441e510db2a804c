"""The workbench: what its pages show and do, as a library; `routes` gives it over HTTP, `pages` the built pages."""
