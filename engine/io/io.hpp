// Tensors from and to files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tensor/tensor.hpp"

namespace chalktape::engine {

/// Reads NumPy's NPY format, versions 1 to 3: f4 and f8 of either byte order keep their precision, integers (u1 to u8,
/// i1 to i8) and bool become f64; C and Fortran order. Throws Error, naming the file, for anything else; nothing is
/// allocated before the header is known to agree with the file's size, which may be up to 1 GiB. Format:
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
[[nodiscard]] Tensor read_npy(const std::filesystem::path& path);
/// The same from bytes that are in memory; messages call them `name`.
[[nodiscard]] Tensor parse_npy(std::string_view bytes, const std::string& name);
/// The bytes of an NPY file, version 1, little-endian, C order.
[[nodiscard]] std::string to_npy(const Tensor& tensor);
/// Writes them atomically.
void write_npy(const std::filesystem::path& path, const Tensor& tensor);

/// A 1-based inclusive range of columns.
struct ColumnRange {
  std::int64_t first = 1;
  std::int64_t last = 1;
};
/// "1-4" or "2"; throws Error otherwise.
[[nodiscard]] ColumnRange parse_column_range(std::string_view text);

/// Reads comma-separated numbers into an f64 tensor of shape (rows, columns). A first line with a field that is not a
/// number is skipped; so are blank lines at the end. Only the selected columns need to be numbers. With no ranges, all
/// columns. Numbers are read the same in every locale. Files may have up to 256 MiB. Throws Error "file:line:column: …"
/// for rows of different lengths, fields that are not numbers, columns that do not exist and files without a row.
[[nodiscard]] Tensor read_csv(const std::filesystem::path& path, const std::vector<ColumnRange>& columns = {});
/// The same from bytes that are in memory; messages call them `name`.
[[nodiscard]] Tensor parse_csv(std::string_view bytes, const std::string& name,
                               const std::vector<ColumnRange>& columns = {});

}  // namespace chalktape::engine
