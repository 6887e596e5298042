package io.veilora.functions.account;

import io.veilora.functions.billing.Bills;
import io.veilora.functions.billing.Bills.By;
import io.veilora.functions.billing.StatementCsv;
import io.veilora.protocol.account.Page;
import io.veilora.protocol.account.Statement;
import io.veilora.protocol.account.UsageRow;
import io.veilora.protocol.problem.PermanentException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Requests about what a tenant used, the same for itself and for the operator. */
@ApplicationScoped
public class UsageRequests {
    private final Bills bills;

    UsageRequests(Bills bills) {
        this.bills = bills;
    }

    /**
     * A period and how to sum it up.
     *
     * @param from a day UTC, the first of this month if null
     * @param until the day after the last, tomorrow if null
     * @param by names of {@link By}, all if null
     */
    record Query(String from, String until, String by) {
        Instant start() {
            return day("from", from, LocalDate.now(ZoneOffset.UTC).withDayOfMonth(1));
        }

        Instant end() {
            return day("until", until, LocalDate.now(ZoneOffset.UTC).plusDays(1));
        }

        private static Instant day(String name, String text, LocalDate usual) {
            try {
                LocalDate day = text == null ? usual : LocalDate.parse(text);
                return day.atStartOfDay().toInstant(ZoneOffset.UTC);
            } catch (DateTimeException e) {
                throw PermanentException.invalidRequest(name + ": expected a day, as in 2026-11-25");
            }
        }

        List<By> groups() {
            List<By> groups = new ArrayList<>();
            for (String name : by == null ? new String[] {"day", "model", "run"} : by.split(",")) {
                try {
                    groups.add(By.valueOf(name.toUpperCase(Locale.ROOT)));
                } catch (IllegalArgumentException e) {
                    throw PermanentException.invalidRequest("by: expected some of day, model, run");
                }
            }
            return groups;
        }
    }

    byte[] usage(String tenant, Query query, int cursor, int limit) {
        int most = Paging.limit(limit);
        List<UsageRow> all = bills.usage(tenant, query.start(), query.end(), query.groups());
        int first = Math.min(Math.max(0, cursor), all.size());
        int end = Math.min(all.size(), first + most);
        String next = end < all.size() ? Integer.toString(end) : null;
        return JsonBody.write(new Page<>(all.subList(first, end), next));
    }

    Response statement(String tenant, String month, String accept) {
        Statement statement = bills.statement(tenant, month(month));
        boolean csv = accept != null && accept.contains(StatementCsv.MEDIA_TYPE);
        Response.ResponseBuilder response = csv
                ? Response.ok(StatementCsv.of(statement), StatementCsv.MEDIA_TYPE + ";charset=utf-8")
                        .header("Content-Disposition", "attachment; filename=\"" + tenant + "-" + month + ".csv\"")
                : Response.ok(JsonBody.write(statement), MediaType.APPLICATION_JSON);
        return response.header(HttpHeaders.VARY, HttpHeaders.ACCEPT).build();
    }

    private static YearMonth month(String text) {
        try {
            return YearMonth.parse(text);
        } catch (DateTimeException e) {
            throw PermanentException.invalidRequest("month: got '" + (text.length() > 20 ? text.substring(0, 20) : text)
                    + "', expected one as in 2026-11");
        }
    }
}
