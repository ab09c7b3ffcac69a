// What `./run bench` measured, as docs/benchmarks.json keeps it.
#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

namespace chalktape::docs {

/// The benchmarks' own JSON files of a folder (machine, kernels, emit, numpy, accuracy: all but the first may be
/// missing) in one text, with numbers of four digits and a line for each measurement, so that a new run can be read as
/// a difference. Throws engine::Error where a file is missing or is not what `./run bench` writes.
[[nodiscard]] std::string kept_measurements(const std::filesystem::path& folder);

/// What kept_measurements wrote. Throws engine::Error.
[[nodiscard]] nlohmann::json read_measurements(const std::filesystem::path& file);

/// docs/benchmarks.md from it. Throws engine::Error where something is missing.
[[nodiscard]] std::string benchmarks_text(const nlohmann::json& measured);

/// Time against size of a layer's ("batch norm") backward pass in f32 on one thread, by everybody who was measured.
[[nodiscard]] std::string benchmark_plot(const nlohmann::json& measured, const std::string& layer);

}  // namespace chalktape::docs
