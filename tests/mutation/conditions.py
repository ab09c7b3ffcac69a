"""The conditions of a C++ source, and the source with each of them under control.

A tokenizer and brackets suffice: what is looked for are the conditions of an `if` that ends a rule or its attempt without
a rewrite (or of any `if`, and of ?:), the operands of && and || anywhere, and what a function returns that is declared to
return bool. What the compiler works out stays as it is. Only clang-formatted sources without preprocessor conditionals are
understood; what is misunderstood does not compile.
"""

import bisect
import dataclasses
import re

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/|^\#[^\n]*)
      | (?P<raw>R"(?P<mark>[^()\s]*)\(.*?\)(?P=mark)")
      | (?P<text>"(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*')
      | (?P<number>\.?\d(?:[eE][+-]|['.\w])*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign>&&|\|\||::|->|<<|<=|>=|==|!=|\+=|-=|\*=|/=|\+\+|--|.)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
CLOSING = {"(": ")", "[": "]", "{": "}"}
# Where an operand of && or || may begin or end, at its own level of brackets.
LIMITS = {";", ",", "?", ":", "=", "+=", "-=", "*=", "/=", "return", "co_return", "{", "}"}
# Statements that end a rule, or its attempt, without a rewrite.
REFUSALS = {"return std :: nullopt ;", "return { } ;", "return false ;", "return ;", "continue ;", "break ;"}


@dataclasses.dataclass
class Condition:
    """A condition: tokens [first, last) of its file, and the changes worth trying."""

    first: int
    last: int
    changes: tuple  # of "negated", "true", "false"
    function: str = ""
    line: int = 0
    column: int = 0
    text: str = ""


class Source:
    """A source's tokens and the conditions among them, in the order of the text, outer ones first."""

    def __init__(self, path, text, every_if=False):
        self.path, self.source = path, text
        self.tokens, self.places = [], []
        for match in TOKEN.finditer(text):
            if match.lastgroup != "space" and match.group("space") is None:
                self.tokens.append(match.group())
                self.places.append(match.start())
        self.partner = self._brackets()
        self.functions = self._functions()
        self.lines = [0] + [m.end() for m in re.finditer("\n", text)]
        self.constant = self._constants()
        found = self._of_ifs(every_if) + self._operands() + self._returned()
        if every_if:
            taken = {(c.first, c.last) for c in found}
            found += [c for c in self._of_question_marks() if (c.first, c.last) not in taken]
        found = [c for c in found if not any(first <= c.first < last for first, last in self.constant)]
        # An operand that is a whole condition's twin (never both: wholes with && or || are cut up) stays once.
        self.conditions = sorted(found, key=lambda c: (c.first, -c.last))
        for condition in self.conditions:
            self._describe(condition)

    def _brackets(self):
        partner, opened = {}, []
        for at, token in enumerate(self.tokens):
            if token in CLOSING:
                opened.append(at)
            elif token in CLOSING.values():
                start = opened.pop()
                if CLOSING[self.tokens[start]] != token:
                    raise ValueError(f"{self.path}: brackets do not match at {self.places[at]}")
                partner[start], partner[at] = at, start
        return partner

    def _functions(self):
        """(first, last, name, type) of the bodies of functions, lambdas left out."""
        found = []
        for at, token in enumerate(self.tokens):
            if token != "{":
                continue
            before = at - 1
            while self.tokens[before] in ("const", "override", "noexcept"):
                before -= 1
            if self.tokens[before] != ")":
                continue
            name = self.partner[before] - 1
            word = self.tokens[name]
            if word == ")" and self.tokens[name - 1] == "(":  # operator()
                word, name = "operator()", name - 2
            if not re.match(r"[A-Za-z_]", word) or word in ("if", "for", "while", "switch", "catch", "constexpr"):
                continue
            if word != "operator()" and self.tokens[name - 1] == "::":
                word, name = self.tokens[name - 2] + "::" + word, name - 2
            found.append((at, self.partner[at], word, self.tokens[name - 1]))
        return found

    def _constants(self):
        """(first, last) of what is worked out, or may be, when the source is compiled."""
        found = []
        for at, token in enumerate(self.tokens):
            if token in ("static_assert", "noexcept", "requires", "decltype") and self.tokens[at + 1] == "(":
                found.append((at, self.partner[at + 1]))
            elif token in ("constexpr", "consteval") and self.tokens[at - 1] == "if":
                found.append((at, self.partner[at + 1]))
            elif token in ("constexpr", "consteval", "using", "template"):
                end = self._end(at, (";", "{")) if token != "template" else at + 1
                last = self.partner[end] if self.tokens[end] == "{" else end
                if token == "template":
                    last = self._end_of_angles(at + 1)
                found.append((at, last))
        return found

    def _end_of_angles(self, first):
        """Behind the > that belongs to the < at `first`."""
        depth, at = 0, first
        while True:
            depth += {"<": 1, "<<": 2, ">": -1}.get(self.tokens[at], 0)
            at += 1
            if depth <= 0:
                return at

    def _function(self, at):
        inside = [f for f in self.functions if f[0] < at < f[1]]
        return inside[-1] if inside else (0, 0, "", "")

    def _end(self, first, ends):
        """The first token from `first` on that is one of `ends`, brackets jumped over."""
        at = first
        while self.tokens[at] not in ends:
            at = self.partner[at] + 1 if self.tokens[at] in CLOSING else at + 1
        return at

    def _top(self, first, last, sign):
        """Where `sign` stands in [first, last), outside brackets."""
        places, at = [], first
        while at < last:
            if self.tokens[at] == sign:
                places.append(at)
            at = self.partner[at] + 1 if self.tokens[at] in CLOSING else at + 1
        return places

    def _of_ifs(self, every_if):
        found = []
        for at, token in enumerate(self.tokens):
            if token != "if" or self.tokens[at + 1] != "(":
                continue
            first, last = at + 2, self.partner[at + 1]
            for semicolon in self._top(first, last, ";"):
                first = semicolon + 1
            if self._top(first, last, "="):
                continue  # a declaration
            then = last + 1 + (self.tokens[last + 1] == "{")
            refuses = " ".join(self.tokens[then : self._end(then, (";",)) + 1]) in REFUSALS
            if not (refuses or every_if) or self._top(first, last, "||"):
                continue  # that one operand of || is left out says more than that all are
            found.append(Condition(first, last, ("false",) if self._top(first, last, "&&") else ("negated", "false")))
        return found

    def _of_question_marks(self):
        found = []
        for at, token in enumerate(self.tokens):
            if token != "?":
                continue
            first, last = self._left(at, LIMITS)
            if not (self._top(first, last, "||") or self._top(first, last, "&&")):
                found.append(Condition(first, last, ("negated",)))
        return found

    def _operands(self):
        found = {}
        for at, token in enumerate(self.tokens):
            if token not in ("&&", "||") or self._is_reference(at):
                continue
            limits = LIMITS | {"||"} | ({"&&"} if token == "&&" else set())
            for first, last in (self._left(at, limits), self._right(at, limits)):
                whole = not self._top(first, last, "&&")
                neutral = "true" if token == "&&" else "false"
                found[first, last] = Condition(first, last, ("negated", neutral) if whole else (neutral,))
        return list(found.values())

    def _is_reference(self, at):
        return self.source[self.places[at] - 1] != " " or self.tokens[at + 1] in (")", ",", ">")

    def _is_value(self, brace):
        """Whether this { begins no block, but what a type is made of: Shape{2, 3}."""
        before = self.tokens[brace - 1]
        return re.match(r"[A-Za-z_]", before) and before not in ("else", "do", "try", "const", "noexcept", "mutable")

    def _right(self, at, limits):
        first, ends = at + 1, limits | set(CLOSING.values())
        last = self._end(first, ends)
        while self.tokens[last] == "{" and self._is_value(last):
            last = self._end(self.partner[last] + 1, ends)
        return first, last

    def _left(self, at, limits):
        first = at
        while self.tokens[first - 1] not in ("(", "["):
            before = first - 1
            if self.tokens[before] == "}" and self._is_value(self.partner[before]):
                first = self.partner[before]
            elif self.tokens[before] in limits:
                break
            else:
                first = self.partner[before] if self.tokens[before] in (")", "]") else before
        return first, at

    def _returned(self):
        """What a function returns that is declared to return bool, where it is one condition."""
        found = []
        for at, token in enumerate(self.tokens):
            if token != "return" or self._function(at)[3] != "bool" or self._is_in_lambda(at):
                continue
            first, last = at + 1, self._end(at + 1, (";",))
            if self.tokens[first] in ("true", "false") or self._top(first, last, "&&") or self._top(first, last, "||"):
                continue
            found.append(Condition(first, last, ("negated", "true", "false")))
        return found

    def _is_in_lambda(self, at):
        body = self._function(at)[0]
        opened = [b for b in range(body + 1, at) if self.tokens[b] == "{" and self.partner[b] > at]
        for brace in opened:
            before = brace - 1
            if self.tokens[before] == "]":
                return True
            if self.tokens[before] == ")" and self.tokens[self.partner[before] - 1] == "]":
                return True
        return False

    def _describe(self, condition):
        start = self.places[condition.first]
        condition.line = bisect.bisect_right(self.lines, start)
        condition.column = start - self.lines[condition.line - 1] + 1
        condition.function = self._function(condition.first)[2]
        end = self.places[condition.last - 1] + len(self.tokens[condition.last - 1])
        condition.text = re.sub(r"\s+", " ", self.source[start:end])

    def controlled(self, first_number, header):
        """The source with every condition C as mutant(number, C), numbers counted on from first_number."""
        opening, closing = {}, {}
        for number, c in enumerate(self.conditions, first_number):
            opening.setdefault(self.places[c.first], []).append(f"::chalktape::mutation::mutant({number}, ")
            end = self.places[c.last - 1] + len(self.tokens[c.last - 1])
            closing[end] = closing.get(end, 0) + 1
        pieces, at = [f'#include "{header}"\n#line 1 "{self.path}"\n'], 0
        for place in sorted({*opening, *closing}):
            pieces += [self.source[at:place], ")" * closing.get(place, 0), *opening.get(place, [])]
            at = place
        return "".join([*pieces, self.source[at:]])
