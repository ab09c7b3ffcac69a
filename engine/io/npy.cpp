#include <bit>
#include <charconv>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "engine/io/atomic_file.hpp"
#include "engine/io/file_bytes.hpp"
#include "engine/io/io.hpp"
#include "engine/text.hpp"

namespace chalktape::engine {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMostAxes = 64;

struct Header {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<Shape> shape;
};

// Reads the header's one Python literal: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
class HeaderReader {
 public:
  HeaderReader(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {}

  Header read() {
    Header header;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !header.descr) {
        header.descr = string();
      } else if (key == "fortran_order" && !header.fortran_order) {
        header.fortran_order = boolean();
      } else if (key == "shape" && !header.shape) {
        header.shape = shape();
      } else {
        throw bad(fmt::format("key '{}' is unknown or stands twice", printable(key)));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!text_.empty()) throw bad("text after the header's '}'");
    if (!header.descr || !header.fortran_order || !header.shape) throw bad("descr, fortran_order or shape is missing");
    return header;
  }

 private:
  [[nodiscard]] Error bad(std::string_view why) const { return Error(fmt::format("{}: NPY header: {}", name_, why)); }

  void skip_space() {
    const std::size_t start = text_.find_first_not_of(" \t\r\n");
    text_.remove_prefix(start == std::string_view::npos ? text_.size() : start);
  }
  bool accept(char wanted) {
    skip_space();
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) throw bad(fmt::format("'{}' expected before '{}'", wanted, printable(text_, 20)));
  }
  std::string string() {
    const char quote = accept('\'') ? '\'' : '"';
    if (quote == '"' && !accept('"')) throw bad(fmt::format("a string expected before '{}'", printable(text_, 20)));
    const std::size_t end = text_.find(quote);
    if (end == std::string_view::npos) throw bad("a string does not end");
    std::string result(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return result;
  }
  bool boolean() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return value;
    }
    throw bad(fmt::format("True or False expected before '{}'", printable(text_, 20)));
  }
  Shape shape() {
    Shape result;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::int64_t length = 0;
      const auto [end, status] = std::from_chars(text_.data(), text_.data() + text_.size(), length);
      if (status != std::errc() || length < 0) {
        throw bad(fmt::format("a length expected before '{}'", printable(text_, 20)));
      }
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      accept('L');  // Python 2 wrote long integers so
      result.push_back(length);
      if (result.size() > kMostAxes) throw bad(fmt::format("more than {} axes", kMostAxes));
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return result;
  }

  std::string_view text_;
  std::string name_;
};

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t k = bytes.size(); k-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes[k]);
  return value;
}

// An element in the file: its type's letter (f, i, u, b), its bytes, and their order.
struct ElementType {
  char letter = 'f';
  std::size_t bytes = 8;
  bool big_endian = false;

  // The element as a number; `raw` holds exactly its bytes.
  [[nodiscard]] double value(std::string_view raw) const {
    std::string bytes_in_order(raw);
    if (big_endian) bytes_in_order.assign(raw.rbegin(), raw.rend());
    const std::uint64_t bits = little_endian(bytes_in_order);
    if (letter == 'f' && bytes == 4) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (letter == 'f') return std::bit_cast<double>(bits);
    if (letter != 'i') return static_cast<double>(bits);
    const unsigned unused = 64 - 8 * static_cast<unsigned>(bytes);
    return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);  // with the sign extended
  }
};

std::optional<ElementType> parse_descr(std::string_view descr) {
  if (descr.size() != 3 || std::string_view("<>|=").find(descr[0]) == std::string_view::npos) return std::nullopt;
  const std::string_view type = descr.substr(1);
  for (const std::string_view known : {"f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"}) {
    if (type != known) continue;
    const bool native_is_big = std::endian::native == std::endian::big;
    const bool big = descr[0] == '>' || (descr[0] == '=' && native_is_big);
    return ElementType{type[0], static_cast<std::size_t>(type[1] - '0'), big};
  }
  return std::nullopt;
}

}  // namespace

Tensor read_npy(const std::filesystem::path& path) {
  constexpr std::size_t most = std::size_t{1} << 30;
  return parse_npy(read_file(path, most), path.string());
}

Tensor parse_npy(std::string_view bytes, const std::string& name) {
  const auto bad = [&](std::string_view why) { return Error(fmt::format("{}: {}", name, why)); };
  std::string_view rest = bytes;
  if (!rest.starts_with(kMagic) || rest.size() < kMagic.size() + 4) throw bad("not an NPY file");
  const int version = rest[kMagic.size()];
  if (version < 1 || version > 3) throw bad(fmt::format("NPY version {} is not supported (1 to 3 are)", version));
  rest.remove_prefix(kMagic.size() + 2);
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  if (rest.size() < length_bytes) throw bad("NPY header: cut short");
  const std::uint64_t header_length = little_endian(rest.substr(0, length_bytes));
  rest.remove_prefix(length_bytes);
  if (header_length > rest.size()) throw bad("NPY header: cut short");
  const Header header = HeaderReader(rest.substr(0, header_length), name).read();
  rest.remove_prefix(header_length);

  const std::optional<ElementType> type = parse_descr(*header.descr);
  if (!type) {
    throw bad(fmt::format("NPY elements of type '{}' are not supported (f4, f8, i1 to i8, u1 to u8 and b1 are)",
                          printable(*header.descr)));
  }
  const std::int64_t count = element_count(*header.shape, name);
  if (static_cast<std::uint64_t>(count) != rest.size() / type->bytes || rest.size() % type->bytes != 0) {
    throw bad(fmt::format("NPY shape {} of {}-byte elements does not agree with {} bytes of data",
                          to_text(*header.shape), type->bytes, rest.size()));
  }
  const DType dtype = type->letter == 'f' && type->bytes == 4 ? DType::f32 : DType::f64;
  const bool fortran = *header.fortran_order;
  const Shape stored(fortran ? Shape(header.shape->rbegin(), header.shape->rend()) : *header.shape);
  Tensor result = uninitialised(stored, dtype);
  dispatch(dtype, [&]<class T>() {
    T* const out = result.data<T>();
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      out[i] = static_cast<T>(type->value(rest.substr(i * type->bytes, type->bytes)));
    }
  });
  if (!fortran) return result;
  const Strides strides(result.strides().rbegin(), result.strides().rend());
  return result.view(*header.shape, strides).contiguous();
}

std::string to_npy(const Tensor& tensor) {
  const Tensor source = tensor.contiguous();
  std::string header = fmt::format("{{'descr': '<f{}', 'fortran_order': False, 'shape': {}, }}",
                                   size_of(tensor.dtype()), to_text(tensor.shape()));
  const std::size_t before = kMagic.size() + 4;
  header.append((64 - (before + header.size() + 1) % 64) % 64, ' ');  // the data start at a multiple of 64
  header += '\n';
  std::string bytes(kMagic);
  bytes += {'\x01', '\x00', static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  bytes += header;
  dispatch(tensor.dtype(), [&]<class T>() {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    for (const T* value = source.data<T>(); value != source.data<T>() + source.size(); ++value) {
      const Bits bits = std::bit_cast<Bits>(*value);
      for (unsigned shift = 0; shift < 8 * sizeof(T); shift += 8) bytes += static_cast<char>(bits >> shift & 0xFF);
    }
  });
  return bytes;
}

void write_npy(const std::filesystem::path& path, const Tensor& tensor) { write_file_atomically(path, to_npy(tensor)); }

}  // namespace chalktape::engine
