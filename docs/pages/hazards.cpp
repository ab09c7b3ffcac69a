#include "docs/pages/hazards.hpp"

#include <utility>

#include <fmt/format.h>

#include "symbolic/language/limits.hpp"

namespace chalktape::docs {

namespace limits = language::limits;

namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t k = 0; k < times; ++k) result += text;
  return result;
}

/// A layer over x[N] whose output has this formula.
std::string layer(const std::string& formula) { return "layer f(x[N])\n  y[i] = " + formula + "\n  return y\n"; }

Hazard formula(std::string what, std::string text, std::string says) {
  return {std::move(what), {"derive", "DIR/layer.chalk"}, 2, std::move(says), {{"layer.chalk", std::move(text)}}};
}

std::string many_definitions() {
  std::string text = "layer f(x[N])\n";
  for (std::size_t k = 0; k <= limits::definitions; ++k) text += fmt::format("  a{}[i] = x[i]\n", k);
  return text + "  return a0\n";
}

std::vector<Hazard> formulas() {
  return {
      {"a file that is not there",
       {"derive", "DIR/layer.chalk"},
       2,
       "cannot read 'DIR/layer.chalk': No such file or directory"},
      {"a folder in its place",
       {"derive", "DIR/layer.chalk"},
       2,
       "cannot read 'DIR/layer.chalk': Is a directory",
       {{"layer.chalk", "", GivenFile::Kind::folder}}},
      {"a file that may not be read",
       {"derive", "DIR/layer.chalk"},
       2,
       "cannot read 'DIR/layer.chalk': Permission denied",
       {{"layer.chalk", "layer f(x[i])\n  return x\n", GivenFile::Kind::file, true}},
       Surroundings::no_root},
      {"a link that leads to itself",
       {"derive", "DIR/layer.chalk"},
       2,
       "cannot read 'DIR/layer.chalk': Too many levels of symbolic links",
       {{"layer.chalk", "layer.chalk", GivenFile::Kind::link}}},
      {"a source without an end", {"check", "/dev/zero"}, 2, "/dev/zero:1:1: error: more than 1048576 bytes"},
      formula("a file above the limit", layer("x[i]") + repeated("# \n", limits::file_bytes / 3),
              "error: more than 1048576 bytes"),
      formula("an empty file", "", "DIR/layer.chalk:1:1: error: no layer in this file"),
      formula("bytes that are not UTF-8", layer("x[i]\xff"),
              "DIR/layer.chalk:2:14: error: byte 0xFF is not UTF-8 text"),
      formula("more open parentheses than the limit", layer(repeated("(", 101) + "x[i]" + repeated(")", 101)),
              "DIR/layer.chalk:2:110: error: more than 100 brackets inside each other"),
      formula("a longer expression than the limit", layer("x[i]" + repeated(" + x[i]", 2000)),
              "DIR/layer.chalk:2:14010: error: an expression of more than 2000 operands"),
      formula("more definitions than the limit", many_definitions(),
              "DIR/layer.chalk:502:3: error: more than 500 statements in a layer"),
      formula("more indices than the limit",
              layer("sum[a,b,c,d,e,f,g,h,k](x[a]*x[b]*x[c]*x[d]*x[e]*x[f]*x[g]*x[h]*x[k])"),
              "DIR/layer.chalk:2:30: error: more than 8 indices"),
      formula("a number of too many digits", layer("x[i]*" + repeated("1", 61)),
              "DIR/layer.chalk:2:15: error: a number of 61 digits; at most 60 are allowed"),
      formula("an exponent above the limit", layer("x[i]*1e401"),
              "DIR/layer.chalk:2:15: error: an exponent beyond 400"),
      formula("a longer name than the limit", layer(repeated("a", 65) + "*x[i]"),
              "DIR/layer.chalk:2:10: error: a name of 65 letters; at most 64 are allowed"),
      formula("a division by 0", layer("x[i]/0"), "DIR/layer.chalk:2:10: error: division by zero"),
      formula("a layer without a real value", layer("log(-1 - x[i]^2)"),
              "the layer f cannot be evaluated at random points, so nothing about it can be checked"),
      formula("numbers beyond all bounds", layer(repeated("exp(", 20) + "x[i]" + repeated(")", 20)),
              "the layer f cannot be evaluated at random points, so nothing about it can be checked: 600 digits do"),
  };
}

std::vector<Hazard> derivations() {
  return {
      {"a search that takes longer than it may",
       {"derive", "DIR/layer.chalk", "--timeout", "1e-6"},
       0,
       "The search was ended by --timeout",
       {{"layer.chalk", layer("exp(x[i])/sum[k](exp(x[k])*exp(x[k]))")}}},
      {"a derivation that takes longer than it may",
       {"derive", "DIR/layer.chalk", "--max-time", "0.5"},
       2,
       "given up after 0.5 s of processor time (see --max-time)",
       {{"layer.chalk", layer("x[i]" + repeated("^x[i]", 50))}}},
      {"a derivation that takes more memory than it may",
       {"derive", "DIR/layer.chalk", "--max-memory", "0.0625"},
       2,
       "not enough memory (see --max-memory)",
       {{"layer.chalk", layer("x[i]" + repeated("^x[i]", 50))}},
       Surroundings::little_memory},
      {"a time that is no time",
       {"derive", "softmax", "--timeout", "nan"},
       2,
       "--timeout: 'nan' is not a number above 0"},
  };
}

/// An NPY file of version 1.
std::string npy(const std::string& header, const std::string& data) {
  const auto length = static_cast<unsigned>(header.size());
  std::string bytes = "\x93NUMPY";
  bytes += {'\x01', '\x00', static_cast<char>(length & 0xFF), static_cast<char>(length >> 8)};
  return bytes + header + data;
}

std::string npy_of(const std::string& type, const std::string& shape, const std::string& data) {
  return npy(fmt::format("{{'descr': {}, 'fortran_order': False, 'shape': {}, }}", type, shape), data);
}

Hazard data(std::string what, const std::string& name, std::string bytes, std::string says) {
  return {
      std::move(what), {"compare", "mse", "--input", "x=DIR/" + name}, 2, std::move(says), {{name, std::move(bytes)}}};
}

std::vector<Hazard> data_files() {
  const std::string eight = "12345678";
  return {
      data("NPY: another file altogether", "x.npy", "hello, world", "DIR/x.npy: not an NPY file"),
      data("NPY: cut short", "x.npy", npy_of("'<f8'", "(2, 1)", eight),
           "DIR/x.npy: NPY shape (2, 1) of 8-byte elements does not agree with 8 bytes of data"),
      data("NPY: a header that promises 8 TB", "x.npy", npy_of("'<f8'", "(1000000, 1000000)", eight),
           "DIR/x.npy: NPY shape (1000000, 1000000) of 8-byte elements does not agree with 8 bytes of data"),
      data("NPY: a shape whose product overflows", "x.npy", npy_of("'<f8'", "(4294967296, 4294967296)", eight),
           "DIR/x.npy: shape (4294967296, 4294967296) has too many elements"),
      data("NPY: a negative length", "x.npy", npy_of("'<f8'", "(-1, 1)", eight),
           "DIR/x.npy: NPY header: a length expected before '-1, 1), }'"),
      data("NPY: Python objects", "x.npy", npy_of("'|O'", "(1, 1)", eight),
           "DIR/x.npy: NPY elements of type '|O' are not supported"),
      data("NPY: records", "x.npy", npy_of("[('a', '<f8')]", "(1, 1)", eight),
           "DIR/x.npy: NPY header: a string expected before '[('a', '<f8')], 'for"),
      data("NPY: not a number among the numbers", "x.npy",
           npy_of("'<f8'", "(1, 1)", std::string("\0\0\0\0\0\0\xf8\x7f", 8)),
           "the data of x hold a number that is not finite"),
      {"NPY: a file of 2 GiB",
       {"compare", "mse", "--input", "x=DIR/x.npy"},
       2,
       "cannot read DIR/x.npy: more than 1024 MiB",
       {{"x.npy", "2147483648", GivenFile::Kind::sparse}}},
      data("CSV: rows of different lengths", "x.csv", "1,2\n3\n", "DIR/x.csv:2:1: 1 fields, but 2 in line 1"),
      data("CSV: a word", "x.csv", "1,2\n3,four\n", "DIR/x.csv:2:3: 'four' is not a number"),
      data("CSV: nothing", "x.csv", "", "DIR/x.csv:1:1: no row of numbers"),
      data("CSV: a number beyond double precision", "x.csv", "1,1e999\n2,3\n4,1e999\n",
           "DIR/x.csv:3:3: '1e999' is not a number"),
      {"CSV: a column that is not there",
       {"compare", "mse", "--input", "x=DIR/x.csv:1-3"},
       2,
       "DIR/x.csv:1:1: columns 1-3 are asked for, but there are 2",
       {{"x.csv", "1,2\n"}}},
      {"CSV: a source without an end",
       {"compare", "mse", "--input", "x=/dev/zero"},
       2,
       "cannot read /dev/zero: more than 256 MiB"},
      {"CSV: a folder in its place",
       {"compare", "mse", "--input", "x=DIR/x.csv"},
       2,
       "cannot read DIR/x.csv: Is a directory",
       {{"x.csv", "", GivenFile::Kind::folder}}},
      {"CSV: a file that may not be read",
       {"compare", "mse", "--input", "x=DIR/x.csv"},
       2,
       "cannot read DIR/x.csv: Permission denied",
       {{"x.csv", "1,2\n", GivenFile::Kind::file, true}},
       Surroundings::no_root},
  };
}

std::vector<Hazard> sizes() {
  const std::string limit = "scalar operations; the limit is";
  return {
      {"a size of a million million", {"compare", "batch_norm", "--size", "N=1000000000000"}, 2, limit},
      {"the same where every number is printed", {"trace", "batch_norm", "--size", "N=1000000000000"}, 2, limit},
      {"the same where formulas are written out",
       {"derive", "batch_norm", "--at", "N=1000000000000"},
       2,
       "is more than anybody reads"},
      {"sizes whose product overflows", {"compare", "mse", "--size", "N=4294967296,D=4294967296"}, 2, limit},
      {"a size of more than 64 bits",
       {"compare", "mse", "--size", "N=99999999999999999999"},
       2,
       "--size N=99999999999999999999: the size is too large"},
      {"a size that is not written as digits",
       {"compare", "mse", "--size", "N=10^12"},
       2,
       "--size N=10^12: a size is a whole number such as 128"},
      {"a size of 0", {"compare", "mse", "--size", "N=0"}, 2, "--size N=0: a size is at least 1"},
  };
}

std::vector<Hazard> outputs() {
  const GivenFile pipe{"x.csv", "", GivenFile::Kind::pipe};
  const std::vector<std::string> waiting{"compare", "mse", "--input", "x=DIR/x.csv", "-o", "DIR/out"};
  return {
      {"a full disk behind standard output",
       {"derive", "softmax"},
       2,
       "cannot write to standard output: No space left on device",
       {},
       Surroundings::full_disk},
      {"a full disk", {"derive", "softmax", "-o", "/dev/full"}, 2, "cannot write /dev/full: No space left on device"},
      {"a disk that fills up while a file is written",
       {"derive", "softmax", "-o", "DIR/out"},
       2,
       "cannot write DIR/out: File too large",
       {{"out", "what was there"}},
       Surroundings::small_files},
      {"a reader that went away",
       {"derive", "softmax"},
       2,
       "cannot write to standard output: Broken pipe",
       {},
       Surroundings::closed_pipe},
      {"no standard output",
       {"derive", "softmax"},
       2,
       "cannot write to standard output: Bad file descriptor",
       {},
       Surroundings::closed_output},
      {"a folder where the file is to be",
       {"derive", "softmax", "-o", "DIR/out"},
       2,
       "cannot write DIR/out: Is a directory",
       {{"out", "", GivenFile::Kind::folder}}},
      {"no folder for the file",
       {"derive", "softmax", "-o", "DIR/no/out"},
       2,
       "cannot write DIR/no/out: No such file or directory"},
      {"a folder that may not be written to",
       {"derive", "softmax", "-o", "DIR/no/out"},
       2,
       "cannot write DIR/no/out: Permission denied",
       {{"no", "", GivenFile::Kind::folder, true}},
       Surroundings::no_root},
      {"a file where a folder is to be",
       {"compare", "mse", "--size", "N=2,D=2", "--dump", "DIR/out"},
       2,
       "cannot create the folder 'DIR/out': Not a directory",
       {{"out", "what was there"}}},
      {"SIGINT (control-C)", waiting, 130, "", {pipe, {"out", "what was there"}}, Surroundings::interrupt},
      {"SIGTERM", waiting, 143, "", {pipe, {"out", "what was there"}}, Surroundings::terminate},
      {"a compiler that closes its output and goes on for a while",
       {"compare", "mse", "--size", "N=2,D=2"},
       0,
       "all roads agree",
       {{"c++", "#!/bin/sh\nc++ \"$@\"\nexec >/dev/null 2>&1\nsleep 1\n", GivenFile::Kind::program}},
       Surroundings::own_compiler},
      {"a compiler that leaves a program behind, which keeps its output open",
       {"compare", "mse", "--size", "N=2,D=2"},
       0,
       "all roads agree",
       {{"c++", "#!/bin/sh\nsleep 200 &\nexec c++ \"$@\"\n", GivenFile::Kind::program}},
       Surroundings::own_compiler},
      {"SIGTERM while a compiler runs",
       {"compare", "mse", "--size", "N=2,D=2", "-o", "DIR/out"},
       143,
       "",
       {{"c++", "#!/bin/sh\ncat \"${0%/*}/pipe\"\n", GivenFile::Kind::program},
        {"pipe", "", GivenFile::Kind::pipe},
        {"out", "what was there"}},
       Surroundings::terminate_compiler},
      {"a caller that ignores the ends of its programs",
       {"compare", "mse", "--size", "N=2,D=2"},
       0,
       "all roads agree",
       {},
       Surroundings::ignored_children},
      {"a locale with decimal commas",
       {"compare", "mse", "--size", "N=2,D=2", "--input", "x=DIR/x.csv"},
       0,
       "all roads agree",
       {{"x.csv", "1.5,2.5\n-1.25,0.5\n"}},
       Surroundings::decimal_comma},
  };
}

}  // namespace

std::vector<HazardFamily> hazards() {
  return {{"Files of formulas", formulas()},
          {"Derivations", derivations()},
          {"Files of numbers", data_files()},
          {"Sizes", sizes()},
          {"Output, and ends from outside", outputs()}};
}

}  // namespace chalktape::docs
