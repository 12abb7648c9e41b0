"""An agent of one's own, in 15 lines: it asks the model for one thing that strop's coder does not stress.

python examples/agents/own_agent.py path/to/repo MODEL [API_BASE]
"""

import sys

import strop
from strop.agents import AgentView
from strop.candidate import Candidate


class Streamer:
    """Asks for generators in place of lists that are read once."""

    name = "streamer"

    def act(self, view: AgentView) -> Candidate | str | None:
        if not view.hot:
            return "streamer: no profile, so nothing to stream"
        path, _, function = view.hot[0]["fn"].rpartition(":")
        prompt = (
            f"In {path}, the function {function} is hot. Rewrite it so that no list is built that is only "
            f"read once. Give the whole function in a code block after its path.\n\n{view.texts[path]}"
        )
        return view.ask(prompt, view.edited)


if __name__ == "__main__":
    repository, model, *base = sys.argv[1:]
    found = strop.optimize(
        repository,
        model=model,
        api_base=base[0] if base else "",
        agents=[Streamer()],
        optimizers=["streamer"],
    )
    print(found)
