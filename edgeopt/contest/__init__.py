"""The same model under several runtimes of this computer, on the same samples and in one run."""

from edgeopt.contest.contender import Contender, Models, contenders_of
from edgeopt.contest.rounds import Found, contest

__all__ = ["Contender", "Found", "Models", "contenders_of", "contest"]
