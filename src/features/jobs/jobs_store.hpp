// SQL about jobs that only this room uses; the rest is declared in jobs.hpp.
#pragma once

#include "features/jobs/jobs.hpp"

namespace luot::jobs {

ports::Statement select_due(const std::string& kind);
ports::Statement claim_due(const std::string& kind, const std::string& lease_token);
Job read_job(const ports::Row& row);
ports::Statement requeue(const Job& job, double delay_s, const std::string& error);
ports::Statement unclaim(const Job& job);
ports::Statement give_way(const Job& job, double cost);  // returns a row where it did

}  // namespace luot::jobs
