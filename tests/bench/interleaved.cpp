#include "tests/bench/interleaved.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include "engine/io/atomic_file.hpp"
#include "engine/version.hpp"

namespace chalktape::bench {

namespace {

class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      times.add(run.run_name.function_name, run.real_accumulated_time / static_cast<double>(run.iterations) * 1e6);
    }
  }
  Times times;
};

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

// As one core sees it, not what the chip has in all.
std::string cache_size(int level) {
  for (const benchmark::CPUInfo::CacheInfo& cache : benchmark::CPUInfo::Get().caches) {
    if (cache.level == level && cache.type != "Instruction") {
      return fmt::format("{:.4g} MiB", static_cast<double>(cache.size) / (1 << 20));
    }
  }
  return "unknown";
}

nlohmann::json machine() {
  return {
    {"processor", processor()}, {"cores", std::thread::hardware_concurrency()}, {"second-level cache", cache_size(2)},
        {"third-level cache", cache_size(3)},
#if defined(__clang__)
        {"compiler", "Clang " __clang_version__},
#else
        {"compiler", "GCC " __VERSION__},
#endif
    {
      "version", std::string(engine::version())
    }
  };
}

}  // namespace

double Times::quantile(const std::string& name, std::size_t quarters) const {
  std::vector<double> times = times_.at(name);
  std::sort(times.begin(), times.end());
  return times[times.size() * quarters / 4];
}

double Times::microseconds(const std::string& name) const { return quantile(name, 2); }

double Times::spread(const std::string& name) const {
  return (quantile(name, 3) - quantile(name, 1)) / microseconds(name);
}

Times measure(const Contenders& contenders) {
  benchmark::ClearRegisteredBenchmarks();
  for (const auto& [name, work] : contenders) {
    work();
    benchmark::RegisterBenchmark(name.c_str(), [work = work](benchmark::State& state) {
      for (auto _ : state) work();
    })->UseRealTime();
  }
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  return collector.times;
}

std::map<std::string, std::string> initialise(int argc, char** argv, std::vector<std::string> defaults,
                                              const std::vector<std::string>& own) {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, 64 << 20);
  std::map<std::string, std::string> values;
  for (const std::string& flag : own) values[flag];
  std::vector<char*> arguments{argv[0]};
  for (std::string& flag : defaults) arguments.push_back(flag.data());
  for (int k = 1; k < argc; ++k) {
    const std::string argument = argv[k];
    const auto flag = std::find_if(own.begin(), own.end(), [&](const auto& f) { return argument.starts_with(f); });
    if (flag == own.end()) {
      arguments.push_back(argv[k]);
    } else {
      values[*flag] = argument.substr(flag->size());
    }
  }
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  return values;
}

void write_measured(const std::string& file, const nlohmann::json& entries) {
  if (file.empty()) return;
  engine::write_file_atomically(file, entries.dump(2) + "\n");
  engine::write_file_atomically(std::filesystem::path(file).replace_filename("machine.json"), machine().dump(2) + "\n");
}

}  // namespace chalktape::bench
